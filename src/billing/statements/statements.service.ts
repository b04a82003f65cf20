import { Injectable } from '@nestjs/common';

import type { Caller } from '../../apps/caller.js';
import { Clock } from '../../clock/clock.js';
import { Database } from '../../database/database.js';
import {
  listStatementMonths,
  type MonthRow,
  readOpenAccounts,
  readOpenLines,
  readStatementTotals,
  readStoredLines,
} from '../../database/statements/statement-read.js';
import { ApplicationError } from '../../errors.js';
import { Cursors, type Page, type Position } from '../../rest/page.js';
import { InvalidRequestError } from '../../rest/validation.pipe.js';
import { type BillingMonth, parseBillingMonth } from '../domain/billing-month.js';
import { makeStatement, type Statement, type StatementTotal } from '../domain/statement.js';
import { namedApp } from '../installation-reach.js';
import type { StatementFilter } from './statement.dto.js';
import { type StatementHead, statementSummary, type StatementSummaryView } from './statement.view.js';
import { accountOf, factsOf, firstDay, monthOfDay, storedLine, storedTotal } from './stored-statement.js';

const cursors = new Cursors<readonly [string]>(
  'statements',
  (position: Position): position is readonly [string] =>
    position.length === 1 && typeof position[0] === 'string' && parseBillingMonth(position[0]) !== undefined,
);
/** After every month. */
const LAST = '9999-12-01';

/** There is no statement of that month. */
export class StatementNotFoundError extends ApplicationError {
  constructor() {
    super('not_found', 'billing_statement_not_found', 'There is no statement of this month.');
  }
}

/** Reads statements: closed ones as they were stored, open ones as they would be by now. */
@Injectable()
export class StatementsService {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** An app's statements, the newest first. @throws AppNotFoundError, InsufficientScopeError */
  async list(caller: Caller, filter: StatementFilter): Promise<Page<StatementSummaryView>> {
    const appId = await this.appOf(caller, filter.app);
    const after = cursors.decode(filter.cursor)?.[0];
    const before = after === undefined ? LAST : firstDay(after);
    const rows = await listStatementMonths(this.database, appId, before, this.clock.now(), filter.limit + 1);
    const [newest, oldest] = [rows.at(0)?.month ?? LAST, rows.at(-1)?.month ?? LAST];
    const stored = await readStatementTotals(this.database, appId, oldest, newest);
    const items: { readonly month: string; readonly view: StatementSummaryView }[] = [];
    for (const row of rows) {
      const totals =
        row.closed_at === null
          ? (await this.preview(appId, headOf(row).month)).totals
          : stored.filter(({ month }) => month === row.month).map(storedTotal);
      items.push({ month: monthOfDay(row.month), view: statementSummary(headOf(row), totals) });
    }
    return cursors.page(
      items,
      filter.limit,
      ({ month }) => [month],
      ({ view }) => view,
    );
  }

  /**
   * An app's statement of a month.
   * @param name `yyyy-mm`
   * @throws InvalidRequestError, StatementNotFoundError, AppNotFoundError, InsufficientScopeError
   */
  async find(caller: Caller, name: string, app: string | undefined): Promise<[StatementHead, Statement]> {
    const month = parseBillingMonth(name);
    if (month === undefined) throw new InvalidRequestError([{ field: 'month', rule: 'must be like 2026-11' }]);
    const appId = await this.appOf(caller, app);
    const day = firstDay(month.name);
    const row = await this.monthOf(appId, day);
    if (row === undefined) throw new StatementNotFoundError();
    if (row.closed_at === null) {
      const preview = await this.preview(appId, month);
      // Closed in this very moment: then what was read may be of before and after.
      if ((await this.monthOf(appId, day))?.closed_at === null) return [headOf(row), preview];
      return this.find(caller, name, app);
    }
    const head = headOf(row);
    const totals: StatementTotal[] = (await readStatementTotals(this.database, appId, day, day)).map(storedTotal);
    const lines = (await readStoredLines(this.database, appId, day)).map(storedLine);
    return [head, { lines, totals }];
  }

  private async appOf(caller: Caller, name: string | undefined): Promise<number> {
    return (await namedApp(this.database, caller, name)) ?? caller.appId;
  }

  /** How the statement of an open month stands. */
  private async preview(appId: number, month: BillingMonth): Promise<Statement> {
    const day = firstDay(month.name);
    const lines = await readOpenLines(this.database, appId, day);
    const accounts = await readOpenAccounts(this.database, appId, day);
    return makeStatement(
      month.name,
      lines.map((row) => factsOf(row, row.amount)),
      accounts.map(accountOf),
    );
  }

  private async monthOf(appId: number, day: string): Promise<MonthRow | undefined> {
    const [row] = await listStatementMonths(this.database, appId, dayAfter(day), this.clock.now(), 1);
    return row?.month === day ? row : undefined;
  }
}

function headOf({ app_name: app, month: day, closed_at: closedAt }: MonthRow): StatementHead {
  const month = parseBillingMonth(monthOfDay(day));
  if (month === undefined) throw new Error(`the database holds a statement of ${day}`);
  return { app, month, closedAt };
}

/** The second day of a month, which sorts right after its first. */
const dayAfter = (day: string): string => `${monthOfDay(day)}-02`;
