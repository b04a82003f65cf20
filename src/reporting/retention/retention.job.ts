import { Injectable } from '@nestjs/common';
import { Cron, CronExpression } from '@nestjs/schedule';

import { JobRuns } from '../../database/job-runs.service.js';
import { ContentRetention } from './content-retention.service.js';
import { PartitionRetention } from './partition-retention.service.js';

/** Forgets what is past its retention, hourly. */
@Injectable()
export class RetentionJob {
  constructor(
    private readonly runs: JobRuns,
    private readonly content: ContentRetention,
    private readonly partitions: PartitionRetention,
  ) {}

  /** One tick; public for tests and for whoever schedules by himself. */
  @Cron(CronExpression.EVERY_HOUR, { waitForCompletion: true })
  async run(): Promise<void> {
    await this.runs.once('retention-content', 'hour', async () => {
      const { texts, numbers, reports } = await this.content.run();
      return `forgot texts of ${texts} submissions, numbers of ${numbers} submissions and ${reports} reports`;
    });
    await this.runs.once('retention-partitions', 'hour', async () => {
      const { partitions, kept } = await this.partitions.run();
      const done = partitions.length === 0 ? 'nothing to drop' : `dropped ${partitions.join(', ')}`;
      return kept === undefined ? done : `${done}; kept: ${kept}`;
    });
  }
}
