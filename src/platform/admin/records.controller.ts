import { Controller, Get, Inject, Param, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiProduces } from '@nestjs/swagger';
import type { Response } from 'express';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Logger } from 'pino';

import { ApiPage } from '../../rest/openapi.js';
import type { Page } from '../../rest/page.js';
import { InvalidRequestError } from '../../rest/validation.pipe.js';
import { LOGGER } from '../../runtime.module.js';
import { parseMonth } from '../domain/statement-month.js';
import { RecordsQuery, StatementQuery } from './records.dto.js';
import { RecordView } from './record.view.js';
import { RecordsService } from './records.service.js';
import { StatementService } from './statement.service.js';

/** What became of an account's SMS, and the statement. */
@Controller('admin/v1/accounts/:name')
export class RecordsController {
  constructor(
    private readonly records: RecordsService,
    private readonly statements: StatementService,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** SMS of an account, newest packet first. A page may be short: only a null `nextCursor` ends the list. */
  @Get('messages')
  @ApiPage(RecordView)
  list(@Param('name') name: string, @Query() query: RecordsQuery): Promise<Page<RecordView>> {
    return this.records.list(name, query);
  }

  /** The statement of a month in UTC+8 as CSV, streamed. A connection that breaks off means that it is not whole. */
  @Get('statement')
  @ApiProduces('text/csv')
  @ApiOkResponse({ schema: { type: 'string' } })
  async statement(
    @Param('name') name: string,
    @Query() query: StatementQuery,
    @Res() response: Response,
  ): Promise<void> {
    const month = parseMonth(query.month);
    if (month === undefined) throw new InvalidRequestError([{ field: 'month', rule: 'must be such as 2026-11' }]);
    const lines = this.statements.lines(name, month);
    // What is wrong with the account shows before the first line, while there still is a status to say it with.
    const first = await lines.next();
    response.type('text/csv; charset=utf-8');
    response.attachment(`statement-${name}-${query.month}.csv`);
    try {
      await pipeline(Readable.from(allOf(first, lines)), response);
    } catch (error) {
      this.logger.warn({ err: error }, 'a statement was broken off');
    }
  }
}

async function* allOf(first: IteratorResult<string, void>, rest: AsyncGenerator<string>): AsyncGenerator<string> {
  if (first.done === true) return;
  yield first.value;
  yield* rest;
}
