import { type DynamicModule, Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';

import type { Half } from './data-source.js';
import { JobRuns } from './job-runs.service.js';
import { PARTITIONED_HALF, PartitionsJob } from './partitions.job.js';

/** The job that makes partitions, for the one role of each half that runs scheduled jobs. */
@Module({})
export class PartitionsModule {
  static register(half: Half): DynamicModule {
    return {
      module: PartitionsModule,
      imports: [ScheduleModule.forRoot()],
      providers: [JobRuns, PartitionsJob, { provide: PARTITIONED_HALF, useValue: half }],
      exports: [JobRuns],
    };
  }
}
