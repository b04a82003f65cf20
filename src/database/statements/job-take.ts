import type { StatementRunner } from '../database.js';
import { statement, textArray } from '../statement.js';

/** Runs wait here for a worker that hears of them. */
export const JOB_CHANNEL = 'job';

/** The last tick of a job that has come, by the database's clock. */
export const CURRENT_TICK = `to_timestamp(floor((extract(epoch from now()) - offset_seconds) / period_seconds)
     * period_seconds + offset_seconds)`;

// What is read of a job when it is locked is its own row: so of workers that come at once one finds it free.
const TAKE = statement<TakenRun>(
  'take_job_runs',
  `with due as (
     select name, requested is not null as asked, coalesce(requested, ${CURRENT_TICK}) as tick
     from job
     where name = any($1) and running is null and (requested is not null
       or period_seconds is not null and (last_tick is null or last_tick < ${CURRENT_TICK}))
     order by requested nulls last, name
     limit $3 for update skip locked),
   taken as (
     update job
     set running = due.tick, worker = $2, lease_until = now() + $4 * interval '1 ms', requested = null,
       last_tick = case when due.asked then job.last_tick else due.tick end
     from due where job.name = due.name
     returning job.name, due.tick)
   insert into job_run (job, tick, state, started_at, worker)
   select name, tick, 'running', clock_timestamp(), $2 from taken order by name, tick
   on conflict (job, tick) do update
     set state = 'running', started_at = excluded.started_at, worker = excluded.worker, finished_at = null, outcome = null
   returning job as name, tick`,
);

const EXTEND = statement<TakenRun>(
  'extend_job_leases',
  `update job set lease_until = now() + $4 * interval '1 ms'
   from unnest($1::text[], $2::timestamptz[]) as mine (name, tick)
   where job.name = mine.name and job.running = mine.tick and job.worker = $3
   returning job.name, job.running as tick`,
);

const FIND_CRASHED = statement<TakenRun>(
  'find_crashed_jobs',
  `with over as (
     select name, running, worker from job where lease_until < now() order by name for update skip locked),
   free as (
     update job set running = null, worker = null, lease_until = null from over where job.name = over.name)
   update job_run r set state = 'crashed', finished_at = clock_timestamp(), outcome = 'the process ended, or was stopped for too long'
   from over where r.job = over.name and r.tick = over.running
   returning r.job as name, r.tick`,
);

/** A run that a worker has taken for itself. */
export interface TakenRun {
  readonly name: string;
  readonly tick: Date;
}

/**
 * Takes runs that are due or asked for, each for this worker alone.
 * @param names of the jobs that the worker can run
 * @param lease milliseconds until it must have extended it
 */
export function takeJobRuns(
  runner: StatementRunner,
  names: readonly string[],
  worker: string,
  limit: number,
  lease: number,
): Promise<TakenRun[]> {
  return runner.run(TAKE, [textArray(names), worker, limit, lease]);
}

/** Extends what a worker has promised. @returns those that are still its own */
export function extendJobLeases(
  runner: StatementRunner,
  runs: readonly TakenRun[],
  worker: string,
  lease: number,
): Promise<TakenRun[]> {
  const ticks = textArray(runs.map(({ tick }) => tick.toISOString()));
  return runner.run(EXTEND, [textArray(runs.map(({ name }) => name)), ticks, worker, lease]);
}

/** Notes as crashed what nobody has extended in time, and lets the job go. */
export function findCrashedJobs(runner: StatementRunner): Promise<TakenRun[]> {
  return runner.run(FIND_CRASHED, []);
}
