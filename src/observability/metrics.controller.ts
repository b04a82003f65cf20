import { Controller, Get, Res } from '@nestjs/common';
import { ApiOkResponse, ApiProduces } from '@nestjs/swagger';
import type { Response } from 'express';

import { Public } from '../apps/access.decorator.js';
import { JobMetrics } from './jobs/job-metrics.js';
import { METRICS_TYPE, metricsText } from './metrics.js';

/** What Prometheus reads: counts and times, no numbers, texts or keys. */
@Controller('metrics')
@Public()
export class MetricsController {
  constructor(private readonly jobs: JobMetrics) {}

  /** Prometheus' text format. */
  @Get()
  @ApiProduces('text/plain')
  @ApiOkResponse({ schema: { type: 'string' } })
  async metrics(@Res() response: Response): Promise<void> {
    await this.jobs.refresh();
    response.type(METRICS_TYPE).send(await metricsText());
  }
}
