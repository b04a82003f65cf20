import { Injectable } from '@nestjs/common';

import { hourly } from '../../jobs/domain/schedule.js';
import { ScheduledJob } from '../../jobs/scheduled-job.js';
import { StatementClosing } from './statement-closing.service.js';

/** Closes the statements of months that are over. An hourly look, so that a failed one does no harm. */
@Injectable()
export class StatementsJob extends ScheduledJob {
  readonly name = 'statements';
  readonly schedule = hourly(5);
  readonly does = 'Closes the statements of months that have been over for an hour.';

  constructor(private readonly closing: StatementClosing) {
    super();
  }

  async run(signal: AbortSignal): Promise<string> {
    const months = await this.closing.closeDue(signal);
    return months.length === 0 ? 'nothing to close' : `closed ${months.join(', ')}`;
  }
}
