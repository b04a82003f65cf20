import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';

import { LOGGER } from '../runtime.module.js';
import { Database } from './database.js';
import { finishJobRun, startJobRun } from './statements/job-run.js';

/** Sees to it that a job runs once a tick in the whole installation, however many processes are told to run it. */
@Injectable()
export class JobRuns {
  constructor(
    private readonly database: Database,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * Runs `work` unless somebody has run the job in this tick already. A failure is logged and noted, never thrown: the next
   * tick tries again.
   * @returns whether it was this process that ran it
   */
  async once(job: string, unit: 'hour' | 'day', work: () => Promise<string>): Promise<boolean> {
    try {
      const tick = await startJobRun(this.database, job, unit);
      if (tick === undefined) return false;
      const outcome = await this.outcomeOf(job, work);
      await finishJobRun(this.database, job, tick, outcome);
      return true;
    } catch (error) {
      this.logger.error({ err: error, job }, 'a job could not be started or noted');
      return false;
    }
  }

  private async outcomeOf(job: string, work: () => Promise<string>): Promise<string> {
    try {
      return await work();
    } catch (error) {
      this.logger.error({ err: error, job }, 'a job failed');
      return 'failed';
    }
  }
}
