import { Module } from '@nestjs/common';

import { AggregatesModule } from '../aggregates.module.js';
import { ContentRetention } from './content-retention.service.js';
import { PartitionRetention } from './partition-retention.service.js';
import { NoReconciliation, ReconciledMonths } from './reconciled-months.js';
import { ContentRetentionJob, PartitionRetentionJob } from './retention.job.js';

/** Texts, numbers and old messages are forgotten: part of the role `worker`. */
@Module({
  imports: [AggregatesModule],
  providers: [
    ContentRetention,
    PartitionRetention,
    ContentRetentionJob,
    PartitionRetentionJob,
    { provide: ReconciledMonths, useClass: NoReconciliation },
  ],
  exports: [ContentRetention, PartitionRetention],
})
export class RetentionModule {}
