import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';

import { Clock } from '../../clock/clock.js';
import { Database, type Transaction } from '../../database/database.js';
import { rollUpInTurn, rollUpLedger, takeRollupTurn } from '../../database/statements/ledger-rollup.js';
import {
  accountsForStatements,
  linesOfMonth,
  nextMonthToClose,
  storeClosedMonth,
} from '../../database/statements/statement-close.js';
import { LOGGER } from '../../runtime.module.js';
import { parseBillingMonth } from '../domain/billing-month.js';
import { makeStatement, type Statement } from '../domain/statement.js';
import { accountOf, factsOf, linesToStore, monthOfDay, totalsToStore } from './stored-statement.js';

/**
 * Milliseconds after its end at which a month is closed. No entry is lost however late it is committed; by then all that belongs
 * to the month is there, so that none has to wait for the next one: statements are cut off after seconds (src/database/database.ts),
 * and the clocks of our processes differ by less.
 */
export const CLOSING_MARGIN = 3_600_000;
/** Entries rolled up in one statement. */
const BATCH = 2000;

/** Closes months: everybody's statements at once, one month after the other, never twice. */
@Injectable()
export class StatementClosing {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * Closes every month that has been over for long enough.
   * @param signal aborted: stop after the month that is being closed
   * @returns the months, `yyyy-mm`
   */
  async closeDue(signal?: AbortSignal): Promise<string[]> {
    const closed: string[] = [];
    for (;;) {
      if (signal?.aborted === true) return closed;
      // Most of it is rolled up before the others have to wait.
      while ((await rollUpLedger(this.database, BATCH)) === BATCH);
      const month = await this.database.transaction((transaction) => this.closeNext(transaction));
      if (month === undefined) return closed;
      this.logger.info({ month }, 'the statements of a month are closed');
      closed.push(month);
    }
  }

  private async closeNext(transaction: Transaction): Promise<string | undefined> {
    await takeRollupTurn(transaction);
    // Whatever is committed by now, and counts in the month, is in it.
    while ((await rollUpInTurn(transaction, BATCH)) === BATCH);
    const day = await nextMonthToClose(transaction);
    const month = day === undefined ? undefined : parseBillingMonth(monthOfDay(day));
    const now = this.clock.now();
    if (day === undefined || month === undefined || month.to + CLOSING_MARGIN > now) return undefined;
    const statements = await this.statementsOf(transaction, day);
    const totals = statements.flatMap(([appId, statement]) => totalsToStore(appId, statement));
    const lines = statements.flatMap(([appId, statement]) => linesToStore(appId, statement));
    await storeClosedMonth(transaction, day, now, totals, lines);
    return month.name;
  }

  /** The statements of all apps that have, or ever had, anything to account for. */
  private async statementsOf(transaction: Transaction, day: string): Promise<[number, Statement][]> {
    const lines = byApp(await linesOfMonth(transaction, day));
    const accounts = byApp(await accountsForStatements(transaction));
    const apps = new Set([...lines.keys(), ...accounts.keys()]);
    return [...apps].map((appId) => [
      appId,
      makeStatement(
        monthOfDay(day),
        (lines.get(appId) ?? []).map((row) => factsOf(row, row.amount)),
        (accounts.get(appId) ?? []).map(accountOf),
      ),
    ]);
  }
}

function byApp<Row extends { readonly app_id: number }>(rows: readonly Row[]): Map<number, Row[]> {
  const groups = new Map<number, Row[]>();
  for (const row of rows) {
    const group = groups.get(row.app_id);
    if (group === undefined) groups.set(row.app_id, [row]);
    else group.push(row);
  }
  return groups;
}
