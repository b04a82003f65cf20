import { Injectable } from '@nestjs/common';

import { hourly } from '../jobs/domain/schedule.js';
import { type JobOutcome, ScheduledJob } from '../jobs/scheduled-job.js';
import { AggregateRecount } from './aggregate-recount.service.js';

/** Recounts the aggregates, hourly. */
@Injectable()
export class AggregateRecountJob extends ScheduledJob {
  readonly name = 'recount';
  readonly schedule = hourly(10);
  readonly does = 'Recounts the aggregates from messages and ledger; repairs and reports drift.';

  constructor(private readonly recount: AggregateRecount) {
    super();
  }

  async run(): Promise<JobOutcome> {
    const { messages, quarters, tiers, money } = await this.recount.goOn();
    const warning = quarters + tiers + money > 0;
    const drift = warning
      ? `drift: ${quarters} rows of quarters, ${tiers} of hours and days, ${money} accounts`
      : 'no drift';
    return { text: `recounted ${messages} messages; ${drift}`, warning };
  }
}
