import type { StatementRunner } from '../database.js';
import { statement } from '../statement.js';

const START = statement<{ tick: Date }>(
  'start_job_run',
  `with forgotten as (delete from job_run where job = $1 and tick < now() - interval '30 days')
   insert into job_run (job, tick) values ($1, date_trunc($2, now())) on conflict do nothing returning tick`,
);

const FINISH = statement<object>(
  'finish_job_run',
  'update job_run set finished_at = now(), outcome = $3 where job = $1 and tick = $2',
);

/**
 * Takes a tick of a job, by the database's clock, for this process alone.
 * @param unit of the ticks, as `date_trunc` names it
 * @returns undefined when another process has taken it
 */
export async function startJobRun(
  runner: StatementRunner,
  job: string,
  unit: 'hour' | 'day',
): Promise<Date | undefined> {
  const [row] = await runner.run(START, [job, unit]);
  return row?.tick;
}

/** Notes how a run ended. */
export async function finishJobRun(runner: StatementRunner, job: string, tick: Date, outcome: string): Promise<void> {
  await runner.run(FINISH, [job, tick, outcome]);
}
