import { Body, Controller, Delete, Get, Header, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiCreatedResponse, ApiOkResponse, ApiProduces } from '@nestjs/swagger';
import type { Request } from 'express';

import { Scopes } from '../../apps/access.decorator.js';
import { type ChangeRequest, CurrentChange } from '../../apps/changes.service.js';
import { callerOf } from '../../apps/caller.js';
import { readIdempotency } from '../../apps/idempotency-key.js';
import { BodyTypes } from '../../rest/media-type.guard.js';
import { ApiPage } from '../../rest/openapi.js';
import type { Page } from '../../rest/page.js';
import { readTextBody } from '../../rest/text-body.js';
import { CreatePriceDto, ImportPricesQuery, PriceFilter } from './price.dto.js';
import { PriceImportView, PriceView } from './price.view.js';
import { PriceChanges } from './price-changes.service.js';
import { PriceImport } from './price-import.service.js';
import { PriceList } from './price-list.service.js';

const CSV = 'text/csv';
const JSON_TYPE = 'application/json; charset=utf-8';
/** Ten thousand rows with long notes. */
const MAX_FILE = 8 * 1024 * 1024;

/** What a segment costs, country by country (contract.md 4). */
@Controller('v1/prices')
@Scopes('billing:read')
export class PricesController {
  constructor(
    private readonly prices: PriceList,
    private readonly changes: PriceChanges,
    private readonly files: PriceImport,
  ) {}

  /** Versions of prices, by country, route, currency and version: what holds or will, unless the query says otherwise. */
  @Get()
  @ApiPage(PriceView)
  list(@Query() filter: PriceFilter): Promise<Page<PriceView>> {
    return this.prices.list(filter);
  }

  /** The same as CSV, all of it. An import of it changes nothing here, and makes the same price book elsewhere. */
  @Get('export')
  @ApiProduces(CSV)
  @ApiOkResponse({ content: { [CSV]: { schema: { type: 'string' } } } })
  @Header('Content-Type', 'text/csv; charset=utf-8')
  @Header('Content-Disposition', 'attachment; filename="prices.csv"')
  export(@Query() filter: PriceFilter): Promise<string> {
    return this.prices.export(filter);
  }

  /** One version. */
  @Get(':id')
  find(@Param('id') id: string): Promise<PriceView> {
    return this.prices.find(id);
  }

  /** Adds a version: what holds when it begins ends there. Every process goes by it within five seconds. */
  @Post()
  @Scopes('billing:manage')
  @ApiCreatedResponse({ type: PriceView })
  @Header('Content-Type', JSON_TYPE)
  create(@CurrentChange() request: ChangeRequest, @Body() dto: CreatePriceDto): Promise<string> {
    return this.changes.add(request, dto);
  }

  /** Takes over a file, `country_code,route,currency,per_segment,valid_from,valid_until,note`: all rows or none. */
  @Post('import')
  @HttpCode(200)
  @Scopes('billing:manage')
  @BodyTypes(CSV)
  @ApiConsumes(CSV)
  @ApiBody({ schema: { type: 'string' } })
  @ApiOkResponse({ type: PriceImportView })
  @Header('Content-Type', JSON_TYPE)
  async import(@Req() request: Request, @Query() query: ImportPricesQuery): Promise<string> {
    const file = await readTextBody(request, MAX_FILE);
    const key = request.headers['idempotency-key'];
    const idempotency = readIdempotency(
      Array.isArray(key) ? key.join(',') : key,
      request.method,
      request.originalUrl,
      file,
    );
    return this.files.import({ caller: callerOf(request), idempotency }, query, file);
  }

  /** Withdraws a version that has not begun, so that the one before goes on; one that holds ends now. */
  @Delete(':id')
  @HttpCode(204)
  @Scopes('billing:manage')
  end(@CurrentChange() request: ChangeRequest, @Param('id') id: string): Promise<void> {
    return this.changes.end(request, id);
  }
}
