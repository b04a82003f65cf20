import { Body, Controller, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';

import { ApiPage } from '../../rest/openapi.js';
import { type Page, PageQuery } from '../../rest/page.js';
import { ChangeAccountDto, CreateAccountDto, ReissueDto } from './account.dto.js';
import { AccountView, AccountWithKeyView } from './account.view.js';
import { AccountRecords } from './account-records.service.js';
import { AccountsService } from './accounts.service.js';
import { type AdminCall, CurrentCall } from './admin-call.js';
import { AuthKeysService } from './auth-keys.service.js';

/** The customers' accounts, for operators. */
@Controller('admin/v1/accounts')
export class AccountsController {
  constructor(
    private readonly records: AccountRecords,
    private readonly accounts: AccountsService,
    private readonly authKeys: AuthKeysService,
  ) {}

  /** All accounts, by name. */
  @Get()
  @ApiPage(AccountView)
  list(@Query() query: PageQuery): Promise<Page<AccountView>> {
    return this.records.list(query);
  }

  /** Creates an account. Its AUTH_KEY is shown this once. */
  @Post()
  create(@CurrentCall() call: AdminCall, @Body() body: CreateAccountDto): Promise<AccountWithKeyView> {
    return this.accounts.create(call, body);
  }

  /** One account. */
  @Get(':name')
  find(@Param('name') name: string): Promise<AccountView> {
    return this.records.view(name);
  }

  /** Changes settings of an account; what the body does not name stays. */
  @Patch(':name')
  change(
    @CurrentCall() call: AdminCall,
    @Param('name') name: string,
    @Body() body: ChangeAccountDto,
  ): Promise<AccountView> {
    return this.accounts.change(call, name, body);
  }

  /** Makes the account's AUTH_KEY worthless. Its reports are still pushed. */
  @Post(':name/revoke')
  @HttpCode(200)
  revoke(@CurrentCall() call: AdminCall, @Param('name') name: string): Promise<AccountView> {
    return this.authKeys.revoke(call, name);
  }

  /** Issues another AUTH_KEY, shown this once; the present one stays good for the overlap. */
  @Post(':name/auth-key')
  reissue(
    @CurrentCall() call: AdminCall,
    @Param('name') name: string,
    @Body() { overlap }: ReissueDto,
  ): Promise<AccountWithKeyView> {
    return this.authKeys.reissue(call, name, overlap);
  }
}
