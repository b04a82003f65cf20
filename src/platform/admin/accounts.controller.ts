import { Controller, Get, Param } from '@nestjs/common';

import { isCurrency } from '../../billing/domain/currency.js';
import { type MoneyJson, parseAmount, toMoneyJson } from '../../billing/domain/money.js';
import { Database } from '../../database/database.js';
import { READ_BALANCE } from '../../database/statements/platform-accounts.js';
import { ApplicationError } from '../../errors.js';

/** The customers' accounts, for operators. */
@Controller('admin/v1/accounts')
export class AccountsController {
  constructor(private readonly database: Database) {}

  /** What an account has left. */
  @Get(':name/balance')
  async balance(@Param('name') name: string): Promise<{ balance: MoneyJson }> {
    const [row] = await this.database.run(READ_BALANCE, [name]);
    if (row === undefined || !isCurrency(row.currency))
      throw new ApplicationError('not_found', 'account_not_found', 'There is no account of this name.');
    return { balance: toMoneyJson({ amount: parseAmount(row.amount), currency: row.currency }) };
  }
}
