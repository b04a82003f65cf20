import { Body, Controller, Delete, Get, HttpCode, Param, ParseIntPipe, Post, Query } from '@nestjs/common';

import { SandboxBlacklistEntry as BlacklistDto } from '../../config/sandbox-file.js';
import { type Page, PageQuery } from '../../rest/page.js';
import { validate } from '../../rest/validation.pipe.js';
import { type AdminCall, CurrentCall } from './admin-call.js';
import { BlacklistService } from './blacklist.service.js';
import { readEntries } from './entries.js';
import { BlacklistView } from './blacklist.view.js';
import { ApiEntries } from './api-entries.js';
import { ApiPage } from '../../rest/openapi.js';

/** Numbers that an account may not send to: they are an Intercept. */
@Controller('admin/v1/accounts/:name/blacklist')
export class BlacklistController {
  constructor(private readonly blacklist: BlacklistService) {}

  /** Numbers, in their order. */
  @Get()
  @ApiPage(BlacklistView)
  list(@Param('name') name: string, @Query() query: PageQuery): Promise<Page<BlacklistView>> {
    return this.blacklist.list(name, query);
  }

  /** Adds numbers: one, or a list of them. */
  @Post()
  @ApiEntries(BlacklistDto, BlacklistView)
  add(
    @CurrentCall() call: AdminCall,
    @Param('name') name: string,
    @Body() body: unknown,
  ): Promise<{ items: BlacklistView[] }> {
    return this.blacklist.add(call, name, readEntries(BlacklistDto, body));
  }

  /** Takes a number out. */
  @Delete(':countryCode/:msisdn')
  @HttpCode(204)
  remove(
    @CurrentCall() call: AdminCall,
    @Param('name') name: string,
    @Param('countryCode', ParseIntPipe) countryCode: number,
    @Param('msisdn') msisdn: string,
  ): Promise<void> {
    return this.blacklist.remove(call, name, validate(BlacklistDto, { countryCode, msisdn }));
  }
}
