import { parseMoney, type Money, sum } from '../../src/billing/domain/money.js';
import type { MessageStatus } from '../../src/messaging/domain/message-status.js';
import type { Expectation } from './scenario.js';

/** What became of one SMS. */
export interface Outcome {
  readonly id: string;
  /** E.164. */
  readonly to: string;
  readonly countryCode: number;
  readonly status: MessageStatus;
  readonly reason: string | null;
  readonly segments: number;
  readonly cost: { readonly amount: string; readonly currency: string };
  /** Milliseconds from the request to when it was first seen delivered. */
  readonly deliveredAfter: number | undefined;
}

/** How many SMS came to what, what they weigh and what they cost. */
export interface Total {
  readonly messages: number;
  readonly segments: number;
  readonly cost: Money;
}

/** Whether an SMS has come to what its number stands for; the way it took there is judged apart. */
export function isSettled(outcome: Outcome, expected: Expectation): boolean {
  return outcome.status === expected.status && (outcome.reason ?? undefined) === expected.reason;
}

/** Adds outcomes up. */
export function totalOf(outcomes: readonly Outcome[]): Total {
  const costs = outcomes.map(({ cost }) => parseMoney(cost));
  return {
    messages: outcomes.length,
    segments: outcomes.reduce((segments, outcome) => segments + outcome.segments, 0),
    cost: sum(costs[0]?.currency ?? 'HKD', costs),
  };
}

/** The outcomes of each country, the one with most SMS first. */
export function byCountry(outcomes: readonly Outcome[]): (readonly [countryCode: number, outcomes: Outcome[]])[] {
  const countries = new Map<number, Outcome[]>();
  for (const outcome of outcomes) {
    const others = countries.get(outcome.countryCode);
    if (others === undefined) countries.set(outcome.countryCode, [outcome]);
    else others.push(outcome);
  }
  return [...countries].sort(([, one], [, other]) => other.length - one.length);
}

/** Milliseconds from request to delivery of those that were delivered, ascending. */
export function deliveryTimes(outcomes: readonly Outcome[]): number[] {
  return outcomes.flatMap(({ deliveredAfter }) => deliveredAfter ?? []).sort((one, other) => one - other);
}

/** The nearest-rank percentile of ascending values. @param share 0.5 for the median */
export function percentile(ascending: readonly number[], share: number): number | undefined {
  return ascending[Math.max(0, Math.ceil(ascending.length * share) - 1)];
}

/** How many SMS have each status, as `3 delivered, 1 failed`. */
export function statusCounts(outcomes: readonly Outcome[]): string {
  const counts = new Map<string, number>();
  for (const { status, reason } of outcomes) {
    const name = reason === null ? status : `${status} (${reason})`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].map(([name, count]) => (counts.size === 1 ? name : `${count} ${name}`)).join(', ');
}
