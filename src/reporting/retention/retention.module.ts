import { type DynamicModule, Module, type Type } from '@nestjs/common';

import { AggregatesModule } from '../aggregates.module.js';
import { ContentRetention } from './content-retention.service.js';
import { PartitionRetention } from './partition-retention.service.js';
import { NoReconciliation, ReconciledMonths } from './reconciled-months.js';
import { ContentRetentionJob, PartitionRetentionJob } from './retention.job.js';

/** Texts, numbers and old messages are forgotten: part of the role `worker`. */
@Module({})
export class RetentionModule {
  /** @param months who knows which months are reconciled; by default none waits for it */
  static register(months: Type<ReconciledMonths> = NoReconciliation): DynamicModule {
    return {
      module: RetentionModule,
      imports: [AggregatesModule],
      providers: [
        ContentRetention,
        PartitionRetention,
        ContentRetentionJob,
        PartitionRetentionJob,
        { provide: ReconciledMonths, useClass: months },
      ],
      exports: [ContentRetention, PartitionRetention],
    };
  }
}
