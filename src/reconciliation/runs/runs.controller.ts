import { Body, Controller, Get, Header, HttpCode, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiExtraModels, ApiOkResponse, getSchemaPath } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Logger } from 'pino';

import { Scopes } from '../../apps/access.decorator.js';
import { type ChangeRequest, CurrentChange } from '../../apps/changes.service.js';
import { ApiPage } from '../../rest/openapi.js';
import { type Page, PageQuery } from '../../rest/page.js';
import { LOGGER } from '../../runtime.module.js';
import { Adjustments } from './adjustments.service.js';
import {
  CreateRunDto,
  DecidedView,
  DecideDto,
  DifferencesQuery,
  DifferenceView,
  RunDetailView,
  RunView,
} from './run.dto.js';
import { Runs } from './runs.service.js';

const JSON_TYPE = 'application/json; charset=utf-8';
const CSV = 'text/csv';

/** The provider's statements held against our messages (docs/reconciliation.md). */
@Controller('v1/reconciliation/runs')
@Scopes('reconciliation:manage')
export class RunsController {
  constructor(
    private readonly runs: Runs,
    private readonly adjustments: Adjustments,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Asks for a run. A worker does it; `progress` says how far it is. */
  @Post()
  @HttpCode(202)
  @ApiAcceptedResponse({ type: RunView })
  @Header('Content-Type', JSON_TYPE)
  create(@CurrentChange() request: ChangeRequest, @Body() dto: CreateRunDto): Promise<string> {
    return this.runs.create(request, dto);
  }

  /** All runs, newest first. */
  @Get()
  @ApiPage(RunView)
  list(@Query() query: PageQuery): Promise<Page<RunView>> {
    return this.runs.list(query);
  }

  /** One run: progress, and once it is done what it comes to. */
  @Get(':id')
  find(@Param('id') id: string): Promise<RunDetailView> {
    return this.runs.find(id);
  }

  /** The differences that a run has found. With `Accept: text/csv` all of them as one file, the dispute pack. */
  @Get(':id/differences')
  @ApiExtraModels(DifferenceView)
  @ApiOkResponse({
    content: {
      'application/json': {
        schema: {
          type: 'object',
          required: ['items', 'nextCursor'],
          properties: {
            items: { type: 'array', items: { $ref: getSchemaPath(DifferenceView) } },
            nextCursor: { type: 'string', nullable: true },
          },
        },
      },
      [CSV]: { schema: { type: 'string' } },
    },
  })
  async differences(
    @Param('id') id: string,
    @Query() query: DifferencesQuery,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    response.vary('Accept');
    if (request.accepts(['application/json', CSV]) !== CSV) {
      response.json(await this.runs.differences(id, query));
      return;
    }
    const lines = this.runs.disputePack(id, query);
    // What is wrong with the run shows before the first line, while there still is a status to say it with.
    const first = await lines.next();
    response.type('text/csv; charset=utf-8');
    response.attachment(`differences-${id}.csv`);
    try {
      await pipeline(Readable.from(withFirst(first, lines)), response);
    } catch (error) {
      this.logger.warn({ err: error }, 'a dispute pack was broken off');
    }
  }

  /** Approves or rejects what a run proposes: named differences, or all of a cause. Approved ones are posted, each once. */
  @Post(':id/adjustments')
  @HttpCode(200)
  @ApiOkResponse({ type: DecidedView })
  @Header('Content-Type', JSON_TYPE)
  decide(@CurrentChange() request: ChangeRequest, @Param('id') id: string, @Body() dto: DecideDto): Promise<string> {
    return this.adjustments.decide(request, id, dto);
  }
}

async function* withFirst(first: IteratorResult<string, void>, rest: AsyncGenerator<string>): AsyncGenerator<string> {
  if (first.done === true) return;
  yield first.value;
  yield* rest;
}
