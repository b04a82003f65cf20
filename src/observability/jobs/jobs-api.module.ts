import { Module } from '@nestjs/common';

import { AppsModule } from '../../apps/apps.module.js';
import { JobMetrics } from './job-metrics.js';
import { JobsController } from './jobs.controller.js';
import { JobsService } from './jobs.service.js';

/** The jobs of the installation for operators: part of the role `api`. */
@Module({
  imports: [AppsModule],
  controllers: [JobsController],
  providers: [JobsService, JobMetrics],
  exports: [JobMetrics],
})
export class JobsApiModule {}
