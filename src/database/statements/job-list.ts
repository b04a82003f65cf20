import type { StatementRunner } from '../database.js';
import { statement } from '../statement.js';
import { CURRENT_TICK } from './job-take.js';

/** A worker that has not been heard of for this long is not counted: it tells of itself once a minute. */
const HEARD_OF = `interval '3 minutes'`;

// What is said to run and has no lease any more has crashed, whether somebody has noted it yet or not.
const STATE = `case when r.state = 'running' and (j.running is distinct from r.tick or j.lease_until < now())
  then 'crashed' else r.state end`;
const RUN_COLUMNS = `r.tick, r.cause, ${STATE} as state, r.started_at, r.finished_at, r.outcome, r.worker`;

const LIST = statement<JobRow>(
  'list_jobs',
  `select j.name, j.does, j.period_seconds, j.offset_seconds,
     case when j.requested is not null then j.requested
       when j.period_seconds is null then null
       when j.last_tick is null or j.last_tick < ${CURRENT_TICK} then ${CURRENT_TICK}
       else j.last_tick + j.period_seconds * interval '1 s' end as next_at,
     last.tick, last.cause, last.state, last.started_at, last.finished_at, last.outcome, last.worker,
     (select max(finished_at) from job_run where job = j.name and state in ('succeeded', 'warning')) as succeeded_at,
     w.*
   from job j
   left join lateral (select ${RUN_COLUMNS} from job_run r
     where r.job = j.name and r.state <> 'queued' order by r.tick desc limit 1) last on true
   cross join lateral (select count(*)::integer as workers, coalesce(bool_or(failing), false) as failing,
       sum(rounds)::double precision as rounds, sum(failures)::double precision as failures,
       max(round_at) as round_at, (array_agg(round_ms order by round_at desc nulls last))[1] as round_ms,
       max(failure_at) as failure_at, (array_agg(failure order by failure_at desc nulls last))[1] as failure
     from job_worker where job = j.name and seen_at > now() - ${HEARD_OF}) w
   where ($1::text is null or j.name = $1) and ($2::text is null or j.name > $2)
   order by j.name limit $3`,
);

const RUNS = statement<JobRunRow>(
  'list_job_runs',
  `select ${RUN_COLUMNS} from job_run r join job j on j.name = r.job
   where r.job = $1 and ($2::timestamptz is null or r.tick < $2) and ($3::timestamptz is null or r.tick = $3)
   order by r.tick desc limit $4`,
);

/** A run of a job. Times are the database's. */
export interface JobRunRow {
  readonly tick: Date;
  readonly cause: 'schedule' | 'manual' | 'resumed';
  readonly state: 'queued' | 'running' | 'succeeded' | 'warning' | 'failed' | 'interrupted' | 'crashed';
  readonly started_at: Date | null;
  readonly finished_at: Date | null;
  readonly outcome: string | null;
  readonly worker: string | null;
}

/** A job, its last run that has begun (all null: none), and what its workers tell. */
export interface JobRow extends Omit<JobRunRow, 'tick' | 'cause' | 'state'> {
  readonly name: string;
  readonly does: string;
  /** Null: a loop. */
  readonly period_seconds: number | null;
  readonly offset_seconds: number;
  readonly next_at: Date | null;
  readonly tick: Date | null;
  readonly cause: JobRunRow['cause'] | null;
  readonly state: JobRunRow['state'] | null;
  readonly succeeded_at: Date | null;
  readonly workers: number;
  readonly failing: boolean;
  readonly rounds: number | null;
  readonly failures: number | null;
  readonly round_at: Date | null;
  readonly round_ms: number | null;
  readonly failure_at: Date | null;
  readonly failure: string | null;
}

/** Which jobs: one of a name, or those after a name. */
export interface JobSelection {
  readonly name?: string | undefined;
  readonly after?: string | undefined;
}

/** Jobs and loops by name. */
export function listJobs(runner: StatementRunner, { name, after }: JobSelection, limit: number): Promise<JobRow[]> {
  return runner.run(LIST, [name ?? null, after ?? null, limit]);
}

/** Runs of a job, the last tick first; `before` or `at` a tick. */
export function listJobRuns(
  runner: StatementRunner,
  job: string,
  { before, at }: { readonly before?: Date | undefined; readonly at?: Date | undefined },
  limit: number,
): Promise<JobRunRow[]> {
  return runner.run(RUNS, [job, before ?? null, at ?? null, limit]);
}
