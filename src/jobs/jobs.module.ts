import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { ScheduleModule } from '@nestjs/schedule';

import { JobRegistry } from './job-registry.service.js';
import { JobRunner } from './job-runner.service.js';
import { WorkerReport } from './worker-report.service.js';

/** Runs the jobs that the other modules of the application provide, for the one role of each half that does. */
@Module({
  imports: [ScheduleModule.forRoot(), DiscoveryModule],
  providers: [JobRegistry, JobRunner, WorkerReport],
  exports: [JobRegistry, JobRunner],
})
export class JobsModule {}
