import { Controller, Get, Header, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse } from '@nestjs/swagger';

import { Scopes } from '../../apps/access.decorator.js';
import { type ChangeRequest, CurrentChange } from '../../apps/changes.service.js';
import { ApiPage } from '../../rest/openapi.js';
import { type Page, PageQuery } from '../../rest/page.js';
import { JobRunView, JobView } from './job.view.js';
import { JobsService } from './jobs.service.js';

/** What the workers do by themselves: scheduled jobs and loops. */
@Controller('v1/jobs')
@Scopes('admin')
export class JobsController {
  constructor(private readonly jobs: JobsService) {}

  /** All jobs by name: what they do, how the last run ended, when the next one is. */
  @Get()
  @ApiPage(JobView)
  list(@Query() query: PageQuery): Promise<Page<JobView>> {
    return this.jobs.list(query);
  }

  /** One job. */
  @Get(':name')
  find(@Param('name') name: string): Promise<JobView> {
    return this.jobs.find(name);
  }

  /** The runs of a job within 30 days, the last tick first. */
  @Get(':name/runs')
  @ApiPage(JobRunView)
  runs(@Param('name') name: string, @Query() query: PageQuery): Promise<Page<JobRunView>> {
    return this.jobs.runs(name, query);
  }

  /** Asks for a run; of a loop, for a round. A worker takes it up. */
  @Post(':name/runs')
  @HttpCode(202)
  @ApiAcceptedResponse({ type: JobRunView })
  @Header('Content-Type', 'application/json; charset=utf-8')
  run(@CurrentChange() request: ChangeRequest, @Param('name') name: string): Promise<string> {
    return this.jobs.run(request, name);
  }
}
