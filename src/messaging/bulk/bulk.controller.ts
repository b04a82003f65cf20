import { Controller, Get, Headers, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBody, ApiConsumes, ApiOkResponse } from '@nestjs/swagger';
import type { Request, Response } from 'express';

import { Scopes } from '../../apps/access.decorator.js';
import { type Caller, CurrentApp } from '../../apps/caller.js';
import { BodyTypes } from '../../rest/media-type.guard.js';
import { ApiPage } from '../../rest/openapi.js';
import { type Page, PageQuery } from '../../rest/page.js';
import { BulkQuery } from './bulk.dto.js';
import { BulkQueries } from './bulk-queries.service.js';
import { BulkSteering } from './bulk-steering.service.js';
import { BulkUploads } from './bulk-uploads.service.js';
import { BulkSubmissionView, BulkView } from './bulk.view.js';
import { download, withUpload } from './file-transfer.js';

const CSV = 'text/csv';
const NDJSON = 'application/x-ndjson';

/** Many messages from a file, each with its own text if need be (contract.md 4, docs/bulk.md). */
@Controller('v1/bulk')
export class BulkController {
  constructor(
    private readonly uploads: BulkUploads,
    private readonly queries: BulkQueries,
    private readonly steering: BulkSteering,
  ) {}

  /** Takes a file of any length in, as it comes, and starts to send it: 202 once all its rows are stored. */
  @Post()
  @HttpCode(202)
  @Scopes('messages:send')
  @BodyTypes(CSV, NDJSON)
  @ApiConsumes(CSV, NDJSON)
  @ApiBody({ schema: { type: 'string', format: 'binary' }, required: true })
  @ApiAcceptedResponse({ type: BulkView })
  async create(
    @CurrentApp() caller: Caller,
    @Query() query: BulkQuery,
    @Req() request: Request,
    @Headers('idempotency-key') key: string | undefined,
  ): Promise<BulkView> {
    const format = request.is(NDJSON) === false ? 'csv' : 'ndjson';
    const id = await withUpload(request, (body, charset) =>
      this.uploads.upload(caller, query, { body, format, charset }, key),
    );
    return this.queries.find(caller.appId, id);
  }

  /** The app's bulks, newest first. */
  @Get()
  @Scopes('messages:read')
  @ApiPage(BulkView)
  list(@CurrentApp() { appId }: Caller, @Query() query: PageQuery): Promise<Page<BulkView>> {
    return this.queries.list(appId, query);
  }

  /** One bulk, and how far it has come. */
  @Get(':id')
  @Scopes('messages:read')
  find(@CurrentApp() { appId }: Caller, @Param('id') id: string): Promise<BulkView> {
    return this.queries.find(appId, id);
  }

  /** The rows that are not sent, with line number and reason, as a CSV file. */
  @Get(':id/rejected')
  @Scopes('messages:read')
  @ApiOkResponse({ content: { [CSV]: { schema: { type: 'string', example: 'line,code,reason' } } } })
  async rejected(@CurrentApp() { appId }: Caller, @Param('id') id: string, @Res() response: Response): Promise<void> {
    await download(response, await this.queries.rejected(appId, id), `rejected-${id}.csv`);
  }

  /** The submissions that the bulk was sent in, by which its messages are found. */
  @Get(':id/submissions')
  @Scopes('messages:read')
  @ApiPage(BulkSubmissionView)
  submissions(
    @CurrentApp() { appId }: Caller,
    @Param('id') id: string,
    @Query() query: PageQuery,
  ): Promise<Page<BulkSubmissionView>> {
    return this.queries.submissions(appId, id, query);
  }

  /** Holds back all that was not handed over. */
  @Post(':id/pause')
  @HttpCode(200)
  @Scopes('messages:send')
  async pause(@CurrentApp() caller: Caller, @Param('id') id: string): Promise<BulkView> {
    await this.steering.take(caller, id, 'pause');
    return this.queries.find(caller.appId, id);
  }

  /** Goes on; or starts what was not started. */
  @Post(':id/resume')
  @HttpCode(200)
  @Scopes('messages:send')
  async resume(@CurrentApp() caller: Caller, @Param('id') id: string): Promise<BulkView> {
    await this.steering.take(caller, id, 'resume');
    return this.queries.find(caller.appId, id);
  }

  /** Sends nothing more of it, and releases what was held. */
  @Post(':id/cancel')
  @HttpCode(200)
  @Scopes('messages:send')
  async cancel(@CurrentApp() caller: Caller, @Param('id') id: string): Promise<BulkView> {
    await this.steering.take(caller, id, 'cancel');
    return this.queries.find(caller.appId, id);
  }
}
