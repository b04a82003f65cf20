import type { StatementRunner } from '../database.js';
import { statement } from '../statement.js';
import { spentLines } from './ledger-rollup.js';
import {
  type AccountRow,
  BILLING_LINE_COLUMNS,
  BILLING_LINE_JOINS,
  type BillingLineRow,
  HELD,
} from './statement-close.js';

/** A month of an app: closed, with its name as it was then, or open. */
export interface MonthRow {
  /** First day. */
  month: string;
  app_name: string;
  /** Null: it is open. */
  closed_at: Date | null;
}

const MONTHS = statement<MonthRow>(
  'statement_months',
  `select month::text, app_name, closed_at from (
     select month, app_name, closed_at from billing_statement join billing_closed_month using (month)
     where app_id = $1::integer and month < $2::date
     union all
     select month, app.name, null from (
       select distinct month from billing_line where app_id = $1
       union select month from (${spentLines('ledger_news')}) fresh where app_id = $1
       union select billing_month($3)
     ) opened join app on app.id = $1
     where month < $2 and month > coalesce((select max(month) from billing_closed_month), '-infinity')) found
   order by month desc limit $4`,
);

/**
 * Months of an app before one, the newest first: those that are closed, those that are open and have something, and the present
 * one.
 * @param now business time, milliseconds
 */
export function listStatementMonths(
  runner: StatementRunner,
  appId: number,
  before: string,
  now: number,
  limit: number,
): Promise<MonthRow[]> {
  return runner.run(MONTHS, [appId, before, new Date(now).toISOString(), limit]);
}

/** A stored total. Decimal texts. */
export interface TotalRow {
  month: string;
  currency: string;
  opening: string;
  charges: string;
  corrections: string;
  exact: string;
  rounded: string;
  remainder: string;
  closing: string;
  held: string;
}

const TOTALS = statement<TotalRow>(
  'statement_totals',
  `select month::text, currency, opening::text, charges::text, corrections::text, exact::text, rounded::text, remainder::text,
     closing::text, held::text
   from billing_statement_total where app_id = $1 and month >= $2::date and month <= $3::date order by month desc, currency`,
);

/** The stored totals of an app's months, from one to another. */
export function readStatementTotals(
  runner: StatementRunner,
  appId: number,
  first: string,
  last: string,
): Promise<TotalRow[]> {
  return runner.run(TOTALS, [appId, first, last]);
}

/** A stored line. Decimal texts. */
export interface StoredLineRow extends Omit<BillingLineRow, 'amount'> {
  exact: string;
  rounded: string;
  remainder: string;
}

const STORED_LINES = statement<StoredLineRow>(
  'statement_stored_lines',
  `select app_id, origin::text, price_id, price_version, country_code, route, currency, unit_price::text, charged::float8,
     credited::float8, exact::text, rounded::text, remainder::text
   from billing_statement_line where app_id = $1 and month = $2::date order by line`,
);

/** The stored lines of a statement, in their order. */
export function readStoredLines(runner: StatementRunner, appId: number, month: string): Promise<StoredLineRow[]> {
  return runner.run(STORED_LINES, [appId, month]);
}

const OPEN_LINES = statement<BillingLineRow>(
  'statement_open_lines',
  `with line as (
     select app_id, origin, price_id, route_id, sum(charged) as charged, sum(credited) as credited, sum(amount) as amount
     from (
       select app_id, origin, price_id, route_id, charged, credited, amount from billing_line
       where app_id = $1 and month = $2::date
       union all
       select app_id, origin, price_id, route_id, charged, credited, amount from (${spentLines('ledger_news')}) fresh
       where app_id = $1 and month = $2::date) counted
     group by app_id, origin, price_id, route_id)
   select ${BILLING_LINE_COLUMNS} from line ${BILLING_LINE_JOINS}`,
);

/** The lines of an open month as they are by now, what is not rolled up yet included; in one snapshot. */
export function readOpenLines(runner: StatementRunner, appId: number, month: string): Promise<BillingLineRow[]> {
  return runner.run(OPEN_LINES, [appId, month]);
}

const OPEN_ACCOUNTS = statement<AccountRow>(
  'statement_open_accounts',
  `with last_closed as (select coalesce(max(month), '-infinity') as month from billing_closed_month)
   select $1::integer as app_id, currency, sum(closing)::text as closing, sum(held)::text as held from (
     select currency, closing, 0 as held from billing_statement_total
     where app_id = $1 and month = (select month from last_closed)
     union all
     -- Open months before this one.
     select price.currency, line.amount, 0 from (
       select price_id, amount from billing_line
       where app_id = $1 and month < $2::date and month > (select month from last_closed)
       union all
       select price_id, amount from (${spentLines('ledger_news')}) fresh where app_id = $1 and month < $2::date) line
     join price on price.id = any (array[line.price_id])
     union all
     select currency, 0, ${HELD} from balance where app_id = $1) account
   group by currency`,
);

/** An app's accounts before an open month, as they are by now. */
export function readOpenAccounts(runner: StatementRunner, appId: number, month: string): Promise<AccountRow[]> {
  return runner.run(OPEN_ACCOUNTS, [appId, month]);
}
