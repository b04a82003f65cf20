import { Injectable, Module } from '@nestjs/common';

import { Database } from '../database/database.js';
import { forgetIdempotency } from '../database/statements/forget-idempotency.js';
import { hourly } from '../jobs/domain/schedule.js';
import { ScheduledJob } from '../jobs/scheduled-job.js';

/** Forgets Idempotency-Keys once their 24 hours are over. */
@Injectable()
export class IdempotencyJob extends ScheduledJob {
  readonly name = 'idempotency';
  readonly schedule = hourly(5);
  readonly does = 'Forgets Idempotency-Keys whose 24 hours are over.';

  constructor(private readonly database: Database) {
    super();
  }

  async run(): Promise<string> {
    return `forgot ${await forgetIdempotency(this.database)} keys`;
  }
}

/** The job, for the role `worker`. */
@Module({ providers: [IdempotencyJob] })
export class IdempotencyModule {}
