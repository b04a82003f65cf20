import { Controller, Get, Header, Param, Post, Query, Req } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiCreatedResponse } from '@nestjs/swagger';
import type { Request } from 'express';

import { Scopes } from '../../apps/access.decorator.js';
import { type ChangeRequest, CurrentChange } from '../../apps/changes.service.js';
import { BodyTypes } from '../../rest/media-type.guard.js';
import { ApiPage } from '../../rest/openapi.js';
import { type Page, PageQuery } from '../../rest/page.js';
import { StatementView, UploadedStatementView, UploadStatementQuery } from './statement.dto.js';
import { Statements } from './statements.service.js';

/** The provider's statements (docs/reconciliation.md). */
@Controller('v1/reconciliation/statements')
@Scopes('reconciliation:manage')
export class StatementsController {
  constructor(private readonly statements: Statements) {}

  /** Uploads a statement as CSV, streamed. All of it is stored, or nothing; the same file twice is recognised. */
  @Post()
  @BodyTypes('text/csv')
  @ApiConsumes('text/csv')
  @ApiBody({ schema: { type: 'string' } })
  @ApiCreatedResponse({ type: UploadedStatementView })
  @Header('Content-Type', 'application/json; charset=utf-8')
  upload(
    @CurrentChange() change: ChangeRequest,
    @Query() query: UploadStatementQuery,
    @Req() request: Request,
  ): Promise<string> {
    return this.statements.upload(change, query, request);
  }

  /** All statements, newest first. */
  @Get()
  @ApiPage(StatementView)
  list(@Query() query: PageQuery): Promise<Page<StatementView>> {
    return this.statements.list(query);
  }

  /** One statement. */
  @Get(':id')
  find(@Param('id') id: string): Promise<StatementView> {
    return this.statements.find(id);
  }
}
