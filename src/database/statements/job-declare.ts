import type { Schedule } from '../../jobs/domain/schedule.js';
import type { StatementRunner } from '../database.js';
import { nullableArray, statement, textArray } from '../statement.js';

const DECLARE = statement<object>(
  'declare_jobs',
  `insert into job (name, does, period_seconds, offset_seconds)
   select * from unnest($1::text[], $2::text[], $3::int[], $4::int[]) as declared (name, does, period, start) order by name
   on conflict (name) do update
     set does = excluded.does, period_seconds = excluded.period_seconds, offset_seconds = excluded.offset_seconds
     where (job.does, job.period_seconds, job.offset_seconds)
       is distinct from (excluded.does, excluded.period_seconds, excluded.offset_seconds)`,
);

const REPORT = statement<object>(
  'report_worker',
  `with gone as (delete from job_worker where seen_at < now() - interval '1 day')
   insert into job_worker (job, worker, rounds, failures, failing, round_at, round_ms, failure_at, failure)
   select job, $1, rounds, failures, coalesce(failing, false), round_at, round_ms, failure_at, failure
   from unnest($2::text[], $3::bigint[], $4::bigint[], $5::boolean[], $6::timestamptz[], $7::double precision[], $8::timestamptz[],
     $9::text[]) as report (job, rounds, failures, failing, round_at, round_ms, failure_at, failure)
   order by job
   on conflict (job, worker) do update
     set (seen_at, rounds, failures, failing, round_at, round_ms, failure_at, failure) =
       (now(), excluded.rounds, excluded.failures, excluded.failing, excluded.round_at, excluded.round_ms,
        excluded.failure_at, excluded.failure)`,
);

const FORGET_WORKER = statement<object>('forget_worker', 'delete from job_worker where worker = $1');

/** A job or loop as its worker declares it. */
export interface DeclaredJob {
  readonly name: string;
  readonly does: string;
  /** Undefined: a loop. */
  readonly schedule: Schedule | undefined;
}

/** Makes known what a worker runs. The last one to declare a job is right about it. */
export async function declareJobs(runner: StatementRunner, jobs: readonly DeclaredJob[]): Promise<void> {
  await runner.run(DECLARE, [
    textArray(jobs.map(({ name }) => name)),
    textArray(jobs.map(({ does }) => does)),
    nullableArray(jobs.map(({ schedule }) => schedule?.period)),
    nullableArray(jobs.map(({ schedule }) => schedule?.offset ?? 0)),
  ]);
}

/** How a job of a worker's is doing; a job without rounds is a scheduled one. Times in milliseconds. */
export interface ReportedJob {
  readonly name: string;
  readonly record:
    | {
        readonly rounds: number;
        readonly failures: number;
        readonly failing: boolean;
        readonly roundAt: number | undefined;
        readonly roundTime: number;
        readonly failureAt: number | undefined;
        readonly failure: string | undefined;
      }
    | undefined;
}

/** Says that a worker is there, and how its loops are doing. */
export async function reportWorker(
  runner: StatementRunner,
  worker: string,
  jobs: readonly ReportedJob[],
): Promise<void> {
  const time = (at: number | undefined) => (at === undefined ? undefined : new Date(at).toISOString());
  const records = jobs.map(({ record }) => record);
  await runner.run(REPORT, [
    worker,
    textArray(jobs.map(({ name }) => name)),
    nullableArray(records.map((record) => record?.rounds)),
    nullableArray(records.map((record) => record?.failures)),
    nullableArray(records.map((record) => (record === undefined ? undefined : String(record.failing)))),
    textArray(records.map((record) => time(record?.roundAt))),
    nullableArray(records.map((record) => record?.roundTime)),
    textArray(records.map((record) => time(record?.failureAt))),
    textArray(records.map((record) => record?.failure)),
  ]);
}

/** Says that a worker has ended. */
export async function forgetWorker(runner: StatementRunner, worker: string): Promise<void> {
  await runner.run(FORGET_WORKER, [worker]);
}
