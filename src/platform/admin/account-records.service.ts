import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type FindOptionsWhere, MoreThan, type Repository } from 'typeorm';

import { Database } from '../../database/database.js';
import { plainArray } from '../../database/statement.js';
import { READ_BALANCES } from '../../database/statements/platform-accounts.js';
import { Cursors, type Page, type PageQuery, type Position } from '../../rest/page.js';
import { CustomerAccount } from '../accounts/customer-account.entity.js';
import { AccountNotFoundError, accountView, type AccountView } from './account.view.js';

const cursors = new Cursors<readonly [string]>(
  'accounts',
  (position: Position): position is readonly [string] => position.length === 1 && typeof position[0] === 'string',
);

/** Reads accounts. */
@Injectable()
export class AccountRecords {
  constructor(
    @InjectRepository(CustomerAccount) private readonly accounts: Repository<CustomerAccount>,
    private readonly database: Database,
  ) {}

  /** @throws AccountNotFoundError */
  async find(name: string): Promise<CustomerAccount> {
    const account = await this.accounts.findOneBy({ name });
    if (account === null) throw new AccountNotFoundError();
    return account;
  }

  /** @throws AccountNotFoundError */
  async view(name: string): Promise<AccountView> {
    const account = await this.find(name);
    const [view] = await this.views([account]);
    return view;
  }

  /** Accounts by name. */
  async list({ limit, cursor }: PageQuery): Promise<Page<AccountView>> {
    const after = cursors.decode(cursor);
    const where: FindOptionsWhere<CustomerAccount> = after === undefined ? {} : { name: MoreThan(after[0]) };
    const rows = await this.accounts.find({ where, order: { name: 'asc' }, take: limit + 1 });
    const page = cursors.page(
      rows,
      limit,
      ({ name }) => [name],
      (row) => row,
    );
    return { items: await this.views(page.items), nextCursor: page.nextCursor };
  }

  private async views(accounts: readonly CustomerAccount[]): Promise<AccountView[]> {
    const rows = await this.database.run(READ_BALANCES, [plainArray(accounts.map(({ id }) => id))]);
    const balances = new Map(rows.map((row) => [row.account_id, row.amount]));
    return accounts.map((account) => accountView(account, balances.get(account.id) ?? '0'));
  }
}
