import { Injectable } from '@nestjs/common';
import { Cron, CronExpression } from '@nestjs/schedule';

import { JobRuns } from '../database/job-runs.service.js';
import { AggregateRecount } from './aggregate-recount.service.js';

/** Recounts the aggregates, hourly. */
@Injectable()
export class AggregateRecountJob {
  constructor(
    private readonly runs: JobRuns,
    private readonly recount: AggregateRecount,
  ) {}

  /** One tick; public for tests and for whoever schedules by himself. */
  @Cron(CronExpression.EVERY_HOUR, { waitForCompletion: true })
  async run(): Promise<void> {
    await this.runs.once('aggregate-recount', 'hour', async () => {
      const { messages, quarters, tiers, money } = await this.recount.goOn();
      const drift =
        quarters + tiers + money === 0
          ? 'no drift'
          : `drift: ${quarters} rows of quarters, ${tiers} of hours and days, ${money} accounts`;
      return `recounted ${messages} messages; ${drift}`;
    });
  }
}
