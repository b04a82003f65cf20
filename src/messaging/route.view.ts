import type { RouteHealthRow } from '../database/statements/route-breaker.js';

/** `open`: sends. `probing`: sends one number at a time until an ANSWER is read. `stopped`: sends nothing for now. */
export type RouteState = 'open' | 'probing' | 'stopped';

/** A route as REST shows it. Times are UTC, ISO-8601. */
export class RouteView {
  /** ROUTE_ID on the wire. */
  readonly name: string;
  readonly currency: string;
  readonly state: RouteState;
  /** What stopped it; null while it is open. */
  readonly reason: string | null;
  readonly since: string | null;
  /** When the next probe may leave, while it is stopped. */
  readonly pausedUntil: string | null;
  readonly segmentsPerSecond: number;
  /** Segments that may be sent at once. */
  readonly tokens: number;
}

/** All routes. */
export class RouteListView {
  readonly items: RouteView[];
}

/** Makes the view of a row. */
export function routeView(row: RouteHealthRow): RouteView {
  const state = row.paused ? 'stopped' : row.failures > 0 ? 'probing' : 'open';
  return {
    name: row.name,
    currency: row.currency,
    state,
    reason: state === 'open' ? null : row.pause_reason,
    since: state === 'open' ? null : (row.stopped_at?.toISOString() ?? null),
    pausedUntil: row.paused ? (row.paused_until?.toISOString() ?? null) : null,
    segmentsPerSecond: row.segments_per_second,
    tokens: Math.floor(row.tokens),
  };
}
