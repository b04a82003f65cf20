import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, getSchemaPath } from '@nestjs/swagger';
import type { Request, Response } from 'express';

import { Scopes } from '../apps/access.decorator.js';
import { type Caller, CurrentApp } from '../apps/caller.js';
import { ApiPage } from '../rest/openapi.js';
import type { Page } from '../rest/page.js';
import { StatementFilter, StatementQuery } from './statements/statement.dto.js';
import { statementCsv, StatementSummaryView, StatementView, statementView } from './statements/statement.view.js';
import { StatementsService } from './statements/statements.service.js';
import { UsageQuery } from './usage/usage.dto.js';
import { UsageService } from './usage/usage.service.js';
import { usageCsv, UsageView } from './usage/usage.view.js';

const CSV = 'text/csv';

/** What was spent (contract.md 4). Of the caller's app; of any for a key with `billing:manage` or `admin`. */
@Controller('v1/billing')
@Scopes('billing:read')
@ApiExtraModels(UsageView, StatementView)
export class BillingRecordsController {
  constructor(
    private readonly usages: UsageService,
    private readonly statements: StatementsService,
  ) {}

  /** Segments and cost over a period, net, equal to the ledger. CSV with `Accept: text/csv`. */
  @Get('usage')
  @ApiOkResponse({
    content: {
      'application/json': { schema: { $ref: getSchemaPath(UsageView) } },
      [CSV]: { schema: { type: 'string' } },
    },
  })
  async usage(
    @CurrentApp() caller: Caller,
    @Query() query: UsageQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<UsageView | string> {
    const usage = await this.usages.usage(caller, query);
    return prefersCsv(request, response) ? asCsv(response, usageCsv(usage, query.groupBy ?? [])) : usage;
  }

  /** An app's statements, the newest first: the present month as a preview, then what is closed. */
  @Get('statements')
  @ApiPage(StatementSummaryView)
  list(@CurrentApp() caller: Caller, @Query() filter: StatementFilter): Promise<Page<StatementSummaryView>> {
    return this.statements.list(caller, filter);
  }

  /** The statement of a month, `yyyy-mm`. CSV with `Accept: text/csv`, `format=csv`, or `.csv` behind the month. */
  @Get('statements/:month')
  @ApiOkResponse({
    content: {
      'application/json': { schema: { $ref: getSchemaPath(StatementView) } },
      [CSV]: { schema: { type: 'string' } },
    },
  })
  async statement(
    @CurrentApp() caller: Caller,
    @Param('month') address: string,
    @Query() query: StatementQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<StatementView | string> {
    const isNamedCsv = address.endsWith('.csv');
    const month = isNamedCsv ? address.slice(0, -'.csv'.length) : address;
    const [head, statement] = await this.statements.find(caller, month, query.app);
    const accepted = prefersCsv(request, response);
    const isCsv = isNamedCsv || (query.format === undefined ? accepted : query.format === 'csv');
    if (!isCsv) return statementView(head, statement);
    response.attachment(`statement-${month}.csv`);
    return asCsv(response, statementCsv(head, statement));
  }
}

function prefersCsv(request: Request, response: Response): boolean {
  response.vary('Accept');
  return request.accepts(['application/json', CSV]) === CSV;
}

function asCsv(response: Response, text: string): string {
  response.type(CSV);
  return text;
}
