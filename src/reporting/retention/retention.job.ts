import { Injectable } from '@nestjs/common';

import { hourly } from '../../jobs/domain/schedule.js';
import { type JobOutcome, ScheduledJob } from '../../jobs/scheduled-job.js';
import { ContentRetention } from './content-retention.service.js';
import { PartitionRetention } from './partition-retention.service.js';

/** Forgets texts and numbers that are past their retention. */
@Injectable()
export class ContentRetentionJob extends ScheduledJob {
  readonly name = 'retention-content';
  readonly schedule = hourly(20);
  readonly does = 'Forgets texts and clear numbers that are past their retention.';

  constructor(private readonly content: ContentRetention) {
    super();
  }

  async run(): Promise<string> {
    const { texts, numbers, reports } = await this.content.run();
    return `forgot texts of ${texts} submissions, numbers of ${numbers} submissions and ${reports} reports`;
  }
}

/** Drops weeks of messages that are past their retention. */
@Injectable()
export class PartitionRetentionJob extends ScheduledJob {
  readonly name = 'retention-partitions';
  readonly schedule = hourly(25);
  readonly does = 'Drops the weeks of messages that are past their retention, behind a seal of their aggregates.';

  constructor(private readonly partitions: PartitionRetention) {
    super();
  }

  async run(): Promise<JobOutcome> {
    const { partitions, kept } = await this.partitions.run();
    const done = partitions.length === 0 ? 'nothing to drop' : `dropped ${partitions.join(', ')}`;
    return kept === undefined ? { text: done } : { text: `${done}; kept: ${kept}`, warning: true };
  }
}
