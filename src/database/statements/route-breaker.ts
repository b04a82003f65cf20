import type { StatementRunner } from '../database.js';
import { plainArray, statement } from '../statement.js';
import { REJECTED_BY_REPORTS } from './settlement.js';

/** Longest time between two probes of a route that reports have stopped, in seconds. */
const LONGEST_PAUSE = 300;

const STOP = statement<{ id: number; is_new: boolean }>(
  'route_stop',
  `with stopping as (
     select id, pause_reason is distinct from '${REJECTED_BY_REPORTS}' as is_new from route
     where id = any($1::smallint[]) order by id for update
   )
   update route r set pause_reason = '${REJECTED_BY_REPORTS}', stopped_at = coalesce(r.stopped_at, now()),
     failures = case when s.is_new then 1 else least(r.failures + 1, 30) end,
     paused_until = now() + least(${LONGEST_PAUSE}, 10 * power(2, case when s.is_new then 0 else least(r.failures, 10) end))
       * interval '1 second',
     probe_floor = case when s.is_new then $2::uuid else r.probe_floor end
   from stopping s where s.id = r.id returning r.id, s.is_new`,
);

const REOPEN = statement<{ id: number }>(
  'route_reopen',
  `update route r set pause_reason = null, stopped_at = null, failures = 0, paused_until = null, probe_floor = null
   from unnest($1::smallint[], $2::uuid[]) as seen(id, attempt_id)
   where r.id = seen.id and r.pause_reason = '${REJECTED_BY_REPORTS}' and seen.attempt_id > r.probe_floor
   returning r.id`,
);

/** Opens the route of this name, whatever stopped it: part of a change by API, hence run by TypeORM. */
export const RESET_ROUTE = `update route set pause_reason = null, stopped_at = null, failures = 0, paused_until = null,
  probe_floor = null where name = $1`;

/** How a route stands; times in database time. */
export interface RouteHealthRow {
  readonly name: string;
  readonly currency: string;
  readonly segments_per_second: number;
  readonly tokens: number;
  readonly failures: number;
  readonly stopped_at: Date | null;
  readonly paused_until: Date | null;
  readonly pause_reason: string | null;
  /** Whether it rests now. */
  readonly paused: boolean;
}

const HEALTH = statement<RouteHealthRow>(
  'route_health',
  `select name, currency, segments_per_second, failures, stopped_at, paused_until, pause_reason,
     coalesce(paused_until > now(), false) as paused,
     least(segments_per_second / 2.0 + 1, tokens + segments_per_second * extract(epoch from now() - tokens_at))::float8 as tokens
   from route where $1::text is null or name = $1 order by position`,
);

/**
 * Stops routes that the platform accepts by and then rejects, or puts their next probe off.
 * @param floor attempts with a greater id are made after the stop
 * @returns the routes, and whether they were open until now
 */
export async function stopRoutes(
  runner: StatementRunner,
  routeIds: readonly number[],
  floor: string,
): Promise<{ id: number; is_new: boolean }[]> {
  return runner.run(STOP, [plainArray(routeIds), floor]);
}

/**
 * Opens routes again that reports have stopped, when a report of an attempt since then was no rejection.
 * @param seen the latest such attempt of each route
 * @returns those that were stopped
 */
export async function reopenRoutes(
  runner: StatementRunner,
  seen: readonly { readonly routeId: number; readonly attemptId: string }[],
): Promise<number[]> {
  const parameters = [
    plainArray(seen.map(({ routeId }) => routeId)),
    plainArray(seen.map(({ attemptId }) => attemptId)),
  ];
  return (await runner.run(REOPEN, parameters)).map(({ id }) => id);
}

/** How routes stand, in their order; all of them for no name. */
export function routeHealth(runner: StatementRunner, name?: string): Promise<RouteHealthRow[]> {
  return runner.run(HEALTH, [name ?? null]);
}
