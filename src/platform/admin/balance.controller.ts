import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';

import { ApiPage } from '../../rest/openapi.js';
import { type Page, PageQuery } from '../../rest/page.js';
import { type AdminCall, CurrentCall } from './admin-call.js';
import { ChangeBalanceDto } from './balance.dto.js';
import { BalanceService } from './balance.service.js';
import { BalanceChangeView, BalanceView } from './balance.view.js';
import { LedgerView } from './ledger.view.js';

/** What accounts have left, and what went in and out. */
@Controller('admin/v1/accounts/:name')
export class BalanceController {
  constructor(private readonly balances: BalanceService) {}

  /** What an account has left. */
  @Get('balance')
  async balance(@Param('name') name: string): Promise<BalanceView> {
    return { balance: await this.balances.read(name) };
  }

  /** Tops a balance up, or corrects it: a negative amount, with a note. It never falls below zero. */
  @Post('balance')
  change(
    @CurrentCall() call: AdminCall,
    @Param('name') name: string,
    @Body() body: ChangeBalanceDto,
  ): Promise<BalanceChangeView> {
    return this.balances.change(call, name, body);
  }

  /** The lines of an account in the ledger, newest first. Its balance is their sum. */
  @Get('ledger')
  @ApiPage(LedgerView)
  ledger(@Param('name') name: string, @Query() query: PageQuery): Promise<Page<LedgerView>> {
    return this.balances.ledger(name, query);
  }
}
