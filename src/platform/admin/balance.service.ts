import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';

import { isCurrency } from '../../billing/domain/currency.js';
import {
  formatAmount,
  type Money,
  type MoneyJson,
  parseAmount,
  parseMoney,
  toMoneyJson,
} from '../../billing/domain/money.js';
import { Clock } from '../../clock/clock.js';
import { Database } from '../../database/database.js';
import { CHANGE_BALANCE, READ_BALANCE } from '../../database/statements/platform-accounts.js';
import { LIST_LEDGER } from '../../database/statements/platform-ledger.js';
import { ApplicationError } from '../../errors.js';
import { Cursors, type Page, type PageQuery, type Position } from '../../rest/page.js';
import { parseUuid, UUID_RANDOM_BYTES, uuidv7 } from '../../uuid.js';
import { AccountNotFoundError } from './account.view.js';
import { accountOf } from './account-of.js';
import { AccountRecords } from './account-records.service.js';
import type { AdminCall } from './admin-call.js';
import { AdminChanges, type ChangeTransaction } from './admin-changes.service.js';
import type { ChangeBalanceDto } from './balance.dto.js';
import type { BalanceChangeView } from './balance.view.js';
import { type LedgerView, ledgerView } from './ledger.view.js';
import { OtherCurrencyError } from './price.dto.js';

const HIGHEST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

const cursors = new Cursors<readonly [string]>(
  'ledger',
  (position: Position): position is readonly [string] =>
    position.length === 1 && typeof position[0] === 'string' && parseUuid(position[0]) !== undefined,
);

/** Reads balances and changes them by top-ups and corrections; what packets cost is taken where they are stored. */
@Injectable()
export class BalanceService {
  constructor(
    private readonly changes: AdminChanges,
    private readonly records: AccountRecords,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** @throws AccountNotFoundError */
  async read(name: string): Promise<MoneyJson> {
    const [row] = await this.database.run(READ_BALANCE, [name]);
    if (row === undefined || !isCurrency(row.currency)) throw new AccountNotFoundError();
    return toMoneyJson({ amount: parseAmount(row.amount), currency: row.currency });
  }

  /**
   * Adds an amount, which may be negative, and a line to the ledger.
   * @throws AccountNotFoundError; ApplicationError `currency_mismatch`, `zero_amount`, `note_required` (rule),
   *   `balance_too_low` (conflict), `amount_out_of_range` (rule), as `parseMoney` does
   */
  async change(call: AdminCall, name: string, body: ChangeBalanceDto): Promise<BalanceChangeView> {
    const amount = parseMoney(body.amount);
    const kind = kindOf(amount, body);
    const change = {
      action: `balance.${kind}`,
      account: name,
      details: { amount: toMoneyJson(amount), note: body.note ?? '' },
    };
    const { answer } = await this.changes.make(call, change, (transaction) =>
      this.book(transaction, name, { ...amount, kind, note: body.note ?? '' }),
    );
    return answer;
  }

  /** @throws AccountNotFoundError */
  async ledger(name: string, { limit, cursor }: PageQuery): Promise<Page<LedgerView>> {
    const { id } = await this.records.find(name);
    const [before] = cursors.decode(cursor) ?? [HIGHEST_ID];
    const rows = await this.database.run(LIST_LEDGER, [id, before, limit + 1]);
    return cursors.page(rows, limit, (row) => [row.id], ledgerView);
  }

  private async book(
    transaction: ChangeTransaction,
    name: string,
    { amount, currency, kind, note }: Money & { kind: string; note: string },
  ): Promise<BalanceChangeView> {
    const account = await accountOf(transaction, name);
    if (account.currency !== currency) throw new OtherCurrencyError('amount.currency', account.currency);
    const id = uuidv7(Date.now(), randomBytes(UUID_RANDOM_BYTES));
    const at = new Date(this.clock.now());
    const [changed] = await transaction.run(CHANGE_BALANCE, [
      account.id,
      formatAmount(amount),
      id,
      at,
      kind,
      currency,
      note,
    ]);
    if (changed === undefined) throw outOfBounds(amount);
    return { id, balance: toMoneyJson({ amount: parseAmount(changed.amount), currency }) };
  }
}

function kindOf({ amount }: Money, { kind, note }: ChangeBalanceDto): 'top_up' | 'correction' {
  if (amount === 0n) throw new ApplicationError('rule', 'zero_amount', 'The amount must not be zero.');
  const read = kind ?? (amount < 0n ? 'correction' : 'top_up');
  if (read === 'top_up' && amount < 0n)
    throw new ApplicationError('rule', 'negative_top_up', 'What takes from a balance is a correction.');
  if (read === 'correction' && (note === undefined || note.trim() === ''))
    throw new ApplicationError('rule', 'note_required', 'A correction needs a note that says why.', {
      faults: [{ field: 'note', rule: 'is required for a correction' }],
    });
  return read;
}

function outOfBounds(amount: bigint): ApplicationError {
  return amount < 0n
    ? new ApplicationError('conflict', 'balance_too_low', 'The balance is lower than that; it never falls below zero.')
    : new ApplicationError(
        'rule',
        'amount_out_of_range',
        'The balance would have more than 12 digits before the point.',
      );
}
