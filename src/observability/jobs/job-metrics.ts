import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import { Gauge } from 'prom-client';

import { Database } from '../../database/database.js';
import { listCertificates } from '../../database/statements/certificates.js';
import { type JobRow, listJobs } from '../../database/statements/job-list.js';
import { LOGGER } from '../../runtime.module.js';

/** More jobs than there will ever be. */
const ALL = 1000;

const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
  new Gauge({ name: `cloudsms_${name}`, help, labelNames: [...labelNames] });

const jobGauges = {
  startedAt: gauge('job_last_start_timestamp_seconds', 'When the last run of a job was begun.', ['job']),
  succeededAt: gauge('job_last_success_timestamp_seconds', 'When the last run ended that did its work.', ['job']),
  duration: gauge('job_last_duration_seconds', 'Time that the last run took that has ended.', ['job']),
  state: gauge('job_last_run', 'How the last run stands; 1 for its state.', ['job', 'state']),
  nextAt: gauge('job_next_run_timestamp_seconds', 'When the next run is due.', ['job']),
  workers: gauge('job_workers', 'Workers that have a job or loop, and were heard of.', ['job']),
};
const loopGauges = {
  roundAt: gauge('loop_last_round_timestamp_seconds', 'When some worker ended a round, as told once a minute.', [
    'loop',
  ]),
  duration: gauge('loop_last_round_seconds', 'Time that the last round took.', ['loop']),
  failing: gauge('loop_failing', '1: the last round of some worker has failed.', ['loop']),
};
const daysLeft = gauge(
  'certificate_days_left',
  'Days until a certificate in use ends, of the earliest in its file; -1 once it has, or where it can not be read.',
  ['certificate', 'host'],
);

/**
 * Jobs, loops and certificates of the installation as metrics: this process has none of them, it reads what the database knows, with
 * each scrape.
 */
@Injectable()
export class JobMetrics {
  constructor(
    private readonly database: Database,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Reads anew; where that fails there are no figures, rather than old ones. */
  async refresh(): Promise<void> {
    const [jobs, certificates] = await Promise.all([
      listJobs(this.database, {}, ALL),
      listCertificates(this.database),
    ]).catch((error: unknown) => {
      this.logger.warn({ err: error }, 'there are no metrics of jobs: the database can not be read');
      return [[], []] as const;
    });
    for (const each of [...Object.values(jobGauges), ...Object.values(loopGauges), daysLeft]) each.reset();
    for (const job of jobs) {
      showJob(job);
      if (job.period_seconds === null) showLoop(job);
    }
    for (const { name: certificate, host, days_left: days } of certificates) {
      daysLeft.set({ certificate, host }, days === null || days < 0 ? -1 : days);
    }
  }
}

const seconds = (at: Date): number => at.getTime() / 1000;

function showJob(row: JobRow): void {
  const { name: job, state, started_at: startedAt, finished_at: finishedAt } = row;
  if (startedAt !== null) jobGauges.startedAt.set({ job }, seconds(startedAt));
  if (row.succeeded_at !== null) jobGauges.succeededAt.set({ job }, seconds(row.succeeded_at));
  if (startedAt !== null && finishedAt !== null)
    jobGauges.duration.set({ job }, seconds(finishedAt) - seconds(startedAt));
  if (state !== null) jobGauges.state.set({ job, state }, 1);
  if (row.next_at !== null) jobGauges.nextAt.set({ job }, seconds(row.next_at));
  jobGauges.workers.set({ job }, row.workers);
}

function showLoop({ name: loop, failing, round_at: roundAt, round_ms: roundTime }: JobRow): void {
  if (roundAt !== null) loopGauges.roundAt.set({ loop }, seconds(roundAt));
  if (roundTime !== null) loopGauges.duration.set({ loop }, roundTime / 1000);
  loopGauges.failing.set({ loop }, Number(failing));
}
