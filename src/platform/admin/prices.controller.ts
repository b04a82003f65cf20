import { Body, Controller, Delete, Get, HttpCode, Param, ParseIntPipe, Post, Query } from '@nestjs/common';

import type { Page } from '../../rest/page.js';
import { type AdminCall, CurrentCall } from './admin-call.js';
import { readEntries } from './entries.js';
import { PriceDto, PriceQuery } from './price.dto.js';
import { PricesService } from './prices.service.js';
import { PriceView } from './price.view.js';
import { ApiEntries } from './api-entries.js';
import { ApiPage } from '../../rest/openapi.js';

/** What a segment costs an account, country by country. */
@Controller('admin/v1/accounts/:name/prices')
export class PricesController {
  constructor(private readonly prices: PricesService) {}

  /** Price versions, by country and time. */
  @Get()
  @ApiPage(PriceView)
  list(@Param('name') name: string, @Query() query: PriceQuery): Promise<Page<PriceView>> {
    return this.prices.list(name, query);
  }

  /** Adds price versions: one, or a list of them. */
  @Post()
  @ApiEntries(PriceDto, PriceView)
  add(
    @CurrentCall() call: AdminCall,
    @Param('name') name: string,
    @Body() body: unknown,
  ): Promise<{ items: PriceView[] }> {
    return this.prices.add(call, name, readEntries(PriceDto, body));
  }

  /** Ends the pricing of a country, now: its numbers are Unpriced_area. */
  @Delete(':countryCode')
  @HttpCode(204)
  end(
    @CurrentCall() call: AdminCall,
    @Param('name') name: string,
    @Param('countryCode', ParseIntPipe) countryCode: number,
  ): Promise<void> {
    return this.prices.end(call, name, countryCode);
  }
}
