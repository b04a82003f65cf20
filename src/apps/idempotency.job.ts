import { Injectable, Module } from '@nestjs/common';
import { Cron, CronExpression } from '@nestjs/schedule';

import { Database } from '../database/database.js';
import { JobRuns } from '../database/job-runs.service.js';
import { forgetIdempotency } from '../database/statements/forget-idempotency.js';

/** Forgets Idempotency-Keys once their 24 hours are over. */
@Injectable()
export class IdempotencyJob {
  constructor(
    private readonly database: Database,
    private readonly runs: JobRuns,
  ) {}

  /** One tick; public for tests and for whoever schedules by himself. */
  @Cron(CronExpression.EVERY_HOUR, { waitForCompletion: true })
  async run(): Promise<void> {
    await this.runs.once('idempotency', 'hour', async () => `forgot ${await forgetIdempotency(this.database)} keys`);
  }
}

/** The job, for the role `worker`. */
@Module({ providers: [JobRuns, IdempotencyJob] })
export class IdempotencyModule {}
