import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, getSchemaPath } from '@nestjs/swagger';
import type { Request, Response } from 'express';

import { Scopes } from '../apps/access.decorator.js';
import { type Caller, CurrentApp } from '../apps/caller.js';
import { SummaryQuery } from './summary.dto.js';
import { SummaryService } from './summary.service.js';
import { summaryCsv, SummaryView } from './summary.view.js';

const CSV = 'text/csv';

/** Figures for analysts (contract.md 4). */
@Controller('v1/reports')
@Scopes('reports:read')
export class SummaryController {
  constructor(private readonly summaries: SummaryService) {}

  /** Of the caller's app; of all apps for a key with the scope `admin`. CSV with `Accept: text/csv`. */
  @Get('summary')
  @ApiExtraModels(SummaryView)
  @ApiOkResponse({
    content: {
      'application/json': { schema: { $ref: getSchemaPath(SummaryView) } },
      [CSV]: { schema: { type: 'string' } },
    },
  })
  async summary(
    @CurrentApp() caller: Caller,
    @Query() query: SummaryQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<SummaryView | string> {
    const appId = caller.scopes.has('admin') ? undefined : caller.appId;
    const summary = await this.summaries.summarise(appId, query);
    response.vary('Accept');
    if (request.accepts(['application/json', CSV]) !== CSV) return summary;
    response.type(CSV);
    return summaryCsv(summary, query.groupBy ?? []);
  }
}
