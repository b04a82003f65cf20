import { Body, Controller, Delete, Get, Header, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiCreatedResponse, ApiOkResponse } from '@nestjs/swagger';
import type { Request, Response } from 'express';

import { Scopes } from '../../apps/access.decorator.js';
import { type Caller, CurrentApp } from '../../apps/caller.js';
import { type ChangeRequest, CurrentChange } from '../../apps/changes.service.js';
import { BodyTypes } from '../../rest/media-type.guard.js';
import { ApiPage } from '../../rest/openapi.js';
import { type Page, PageQuery } from '../../rest/page.js';
import { download, withUpload } from '../bulk/file-transfer.js';
import { AddOptOutsDto } from './opt-out.dto.js';
import { OptOutImportView, type OptOutLookupView, OptOutsAddedView, OptOutView } from './opt-out.view.js';
import { OptOuts } from './opt-outs.service.js';

const JSON_TYPE = 'application/json; charset=utf-8';
const CSV = 'text/csv';

/** Who is not to be written to by the app (contract.md 4, docs/opt-outs.md). */
@Controller('v1/opt-outs')
@Scopes('opt-outs:manage')
export class OptOutsController {
  constructor(private readonly optOuts: OptOuts) {}

  /** Adds numbers of the app. Those that are there already stay as they are. */
  @Post()
  @ApiCreatedResponse({ type: OptOutsAddedView })
  @Header('Content-Type', JSON_TYPE)
  add(@CurrentChange() request: ChangeRequest, @Body() dto: AddOptOutsDto): Promise<string> {
    return this.optOuts.add(request, request.caller.appId, dto);
  }

  /** The list of the app, in the order in which numbers came. */
  @Get()
  @ApiPage(OptOutView)
  list(@CurrentApp() { appId }: Caller, @Query() query: PageQuery): Promise<Page<OptOutView>> {
    return this.optOuts.list(appId, query);
  }

  /** The list of the app as a CSV file, which an import takes back. */
  @Get('export')
  @ApiOkResponse({ content: { [CSV]: { schema: { type: 'string', example: 'to,note,created_at,created_by' } } } })
  export(@CurrentApp() { appId }: Caller, @Res() response: Response): Promise<void> {
    return download(response, this.optOuts.export(appId), 'opt-outs.csv');
  }

  /** Adds the numbers of a CSV file of the app: column `to`, and `note` where there is one. */
  @Post('import')
  @HttpCode(200)
  @BodyTypes(CSV)
  @ApiConsumes(CSV)
  @ApiBody({ schema: { type: 'string', example: 'to,note' }, required: true })
  @ApiOkResponse({ type: OptOutImportView })
  import(@CurrentApp() caller: Caller, @Req() request: Request): Promise<OptOutImportView> {
    return withUpload(request, (body, charset) => this.optOuts.import(caller, caller.appId, body, charset));
  }

  /** The opt-outs of one number, by E.164 with or without plus. */
  @Get(':number')
  find(@CurrentApp() { appId }: Caller, @Param('number') number: string): Promise<OptOutLookupView> {
    return this.optOuts.find(appId, number);
  }

  /** Takes a number off the list of the app. */
  @Delete(':number')
  @HttpCode(204)
  remove(@CurrentApp() caller: Caller, @Param('number') number: string): Promise<void> {
    return this.optOuts.remove(caller, caller.appId, number);
  }
}
