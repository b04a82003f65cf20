import type { StatementRunner } from '../database.js';
import { statement } from '../statement.js';

/** A run as its worker goes by it. */
export interface HeldRun {
  id: string;
  statement_id: string;
  period: string;
  period_from: Date;
  period_to: Date;
  route_id: number | null;
  phase: number;
  after_id: string | null;
  after_attempt: string | null;
  until_id: string | null;
  after_ordinal: number;
  after_line: number;
}

const HELD = `id, statement_id, period, period_from, period_to, route_id, phase, after_id, after_attempt, until_id, after_ordinal,
  after_line`;

const TAKE = statement<{ id: string }>(
  'reconcile_take_run',
  `update reconciliation_run set worker_id = $1, state = 'running', lease_until = now() + $2 * interval '1 millisecond',
     started_at = coalesce(started_at, $3::timestamptz)
   where id = (
     select id from reconciliation_run
     where state in ('queued', 'running') and (lease_until is null or lease_until < now())
     order by created_at limit 1 for update skip locked)
   returning id`,
);

const HOLD = statement<HeldRun>(
  'reconcile_hold_run',
  `update reconciliation_run set lease_until = now() + $3 * interval '1 millisecond'
   where id = $1 and worker_id = $2 and state = 'running' returning ${HELD}`,
);

const ADVANCE = statement<object>(
  'reconcile_advance_run',
  `update reconciliation_run set phase = $2, after_id = $3, after_attempt = $4, after_ordinal = $5, after_line = $6,
     until_id = coalesce($7, until_id), items = items + $8, lines_matched = lines_matched + $9,
     lines_judged = lines_judged + $10, items_judged = items_judged + $11, tries = 0,
     first_matched = least(first_matched, $12::timestamptz), last_matched = greatest(last_matched, $13::timestamptz)
   where id = $1`,
);

const FINISH = statement<object>(
  'reconcile_finish_run',
  `update reconciliation_run set state = 'done', balanced = $2, finished_at = $3, lease_until = null, worker_id = null
   where id = $1`,
);

const FAIL = statement<{ state: string }>(
  'reconcile_fail_run',
  `update reconciliation_run set tries = tries + 1, lease_until = now() + $4 * interval '1 millisecond',
     state = case when tries + 1 >= $5 then 'failed' else state end, failure = $3,
     finished_at = case when tries + 1 >= $5 then $6::timestamptz end
   where id = $1 and worker_id = $2 and state = 'running' returning state`,
);

const RELEASE = statement<object>(
  'reconcile_release_run',
  `update reconciliation_run set lease_until = null, worker_id = null where id = $1 and worker_id = $2`,
);

const CLEAN = statement<{ gone: number }>(
  'reconcile_clean_run',
  `with gone as (
     delete from reconciliation_item where (run_id, submission_id, ordinal, attempt_id) in (
       select run_id, submission_id, ordinal, attempt_id from reconciliation_item where run_id = $1
       order by submission_id, ordinal, attempt_id limit $2)
     returning 1)
   select count(*)::integer as gone from gone`,
);

/** How a stretch has moved a run on. */
export interface RunStep {
  readonly phase: number;
  readonly afterId?: string | null;
  readonly afterAttempt?: string | null;
  readonly afterOrdinal?: number;
  readonly afterLine?: number;
  readonly untilId?: string | null;
  readonly items?: number;
  readonly linesMatched?: number;
  readonly linesJudged?: number;
  readonly itemsJudged?: number;
  readonly firstMatched?: Date | null;
  readonly lastMatched?: Date | null;
}

/**
 * Takes the oldest run that nobody works on, for a while.
 * @param lease milliseconds of the database's time
 * @param now business time
 */
export async function takeRun(
  runner: StatementRunner,
  workerId: string,
  lease: number,
  now: Date,
): Promise<string | undefined> {
  const [row] = await runner.run(TAKE, [workerId, lease, now]);
  return row?.id;
}

/** Locks a run for a stretch of work and renews its lease. @returns undefined when it has gone to another worker */
export async function holdRun(
  runner: StatementRunner,
  id: string,
  workerId: string,
  lease: number,
): Promise<HeldRun | undefined> {
  const [row] = await runner.run(HOLD, [id, workerId, lease]);
  return row;
}

/** Notes how far a run has come, in the transaction of the stretch. */
export async function advanceRun(runner: StatementRunner, id: string, step: RunStep): Promise<void> {
  await runner.run(ADVANCE, [
    id,
    step.phase,
    step.afterId ?? null,
    step.afterAttempt ?? null,
    step.afterOrdinal ?? 0,
    step.afterLine ?? 0,
    step.untilId ?? null,
    step.items ?? 0,
    step.linesMatched ?? 0,
    step.linesJudged ?? 0,
    step.itemsJudged ?? 0,
    step.firstMatched ?? null,
    step.lastMatched ?? null,
  ]);
}

/** Ends a run. @param balanced whether the differences explain all of it */
export async function finishRun(runner: StatementRunner, id: string, balanced: boolean, now: Date): Promise<void> {
  await runner.run(FINISH, [id, balanced, now]);
}

/**
 * Notes that a stretch has failed: the run is tried again after a pause, and given up after so many failures in a row.
 * @returns whether it was given up
 */
export async function failRun(
  runner: StatementRunner,
  run: { readonly id: string; readonly workerId: string; readonly failure: string; readonly now: Date },
  pause: number,
  limit: number,
): Promise<boolean> {
  const [row] = await runner.run(FAIL, [run.id, run.workerId, run.failure, pause, limit, run.now]);
  return row?.state === 'failed';
}

/** Gives a run back, for another worker to go on with. */
export async function releaseRun(runner: StatementRunner, id: string, workerId: string): Promise<void> {
  await runner.run(RELEASE, [id, workerId]);
}

/** Removes some of the collected rows of a run. @returns how many */
export async function cleanRun(runner: StatementRunner, id: string, limit: number): Promise<number> {
  const [row] = await runner.run(CLEAN, [id, limit]);
  return row?.gone ?? 0;
}
