import { Counter } from 'prom-client';

const drift = new Counter({
  name: 'cloudsms_aggregate_drift_total',
  help: 'What a recount found wrong in the aggregates: rows of quarters (repaired), of tiers (repaired), accounts (money).',
  labelNames: ['kind'],
});

/** Counts what a recount found wrong. */
export function observeDrift(kind: 'quarters' | 'tiers' | 'money', count: number): void {
  drift.inc({ kind }, count);
}
