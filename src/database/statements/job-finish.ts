import type { StatementRunner } from '../database.js';
import { statement } from '../statement.js';
import { JOB_CHANNEL, type TakenRun } from './job-take.js';

const FINISH = statement<object>(
  'finish_job_run',
  `with free as (
     update job set running = null, worker = null, lease_until = null
     where name = $1 and running = $2 and worker = $3 returning name),
   forgotten as (
     delete from job_run where job = $1 and tick < now() - interval '30 days')
   update job_run r set state = $4, finished_at = clock_timestamp(), outcome = $5
   from free where r.job = free.name and r.tick = $2
   returning r.job`,
);

const ASK = (cause: 'manual' | 'resumed') => `with asked as (
     update job set requested = coalesce(requested, date_trunc('milliseconds', clock_timestamp())) where name = $1
     returning name, requested),
   noted as (
     insert into job_run (job, tick, cause, state) select name, requested, '${cause}', 'queued' from asked
     on conflict (job, tick) do nothing),
   told as (select pg_notify('${JOB_CHANNEL}', '') from asked)
   select requested as tick from asked, told`;

const RESUME = statement<{ tick: Date }>('resume_job', ASK('resumed'));

/**
 * Asks for a run of the job `$1`: the text of a statement for a transaction of its caller's. Returns the `tick` of the run, which is
 * that of a request before it that nobody has taken up yet; no row where there is no such job.
 */
export const ASK_FOR_JOB_RUN = ASK('manual');

/** How a run can end that its worker tells of. */
export type EndState = 'succeeded' | 'warning' | 'failed' | 'interrupted';

/** Notes how a run ended, and lets the job go. @returns false: it was not the worker's any more */
export async function finishJobRun(
  runner: StatementRunner,
  { name, tick }: TakenRun,
  worker: string,
  end: { readonly state: EndState; readonly outcome: string },
): Promise<boolean> {
  return (await runner.run(FINISH, [name, tick, worker, end.state, end.outcome])).length > 0;
}

/** Asks for another run of a job whose run was cut off. */
export async function resumeJob(runner: StatementRunner, name: string): Promise<void> {
  await runner.run(RESUME, [name]);
}
