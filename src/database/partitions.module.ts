import { type DynamicModule, Module } from '@nestjs/common';

import type { Half } from './data-source.js';
import { PARTITIONED_HALF, PartitionsJob } from './partitions.job.js';

/** The job that makes partitions, for the one role of each half that runs scheduled jobs. */
@Module({})
export class PartitionsModule {
  static register(half: Half): DynamicModule {
    return {
      module: PartitionsModule,
      providers: [PartitionsJob, { provide: PARTITIONED_HALF, useValue: half }],
    };
  }
}
