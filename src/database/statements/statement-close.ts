import type { StatementRunner } from '../database.js';
import { nullableArray, plainArray, statement, textArray } from '../statement.js';

/** What a line of a statement is made of. Amounts are decimal texts; months are their first days. */
export interface BillingLineRow {
  app_id: number;
  origin: string;
  price_id: number;
  price_version: number;
  country_code: number;
  /** Null: not known any more. */
  route: string | null;
  currency: string;
  unit_price: string;
  charged: number;
  credited: number;
  amount: string;
}

/** The columns of a `BillingLineRow`, of `line`. */
export const BILLING_LINE_COLUMNS = `line.app_id, line.origin::text, line.price_id, price.version as price_version, price.country_code,
  route.name as route, price.currency, price.per_segment::text as unit_price, line.charged::float8, line.credited::float8,
  line.amount::text`;

export const BILLING_LINE_JOINS = `join price on price.id = any (array[line.price_id])
  left join route on route.id = any (array[line.route_id])`;

const NEXT_MONTH = statement<{ month: string | null }>(
  'statement_next_month',
  `select coalesce((select (max(month) + interval '1 month')::date from billing_closed_month),
     (select min(month) from billing_line))::text as month`,
);

/** The first month that is not closed; undefined: nothing was ever spent. */
export async function nextMonthToClose(runner: StatementRunner): Promise<string | undefined> {
  const [row] = await runner.run(NEXT_MONTH, []);
  return row?.month ?? undefined;
}

const LINES = statement<BillingLineRow>(
  'statement_lines_to_close',
  `select ${BILLING_LINE_COLUMNS} from billing_line line ${BILLING_LINE_JOINS} where line.month = $1::date`,
);

/** All lines of a month, of every app. */
export function linesOfMonth(runner: StatementRunner, month: string): Promise<BillingLineRow[]> {
  return runner.run(LINES, [month]);
}

/** What a balance row adds to what is held. */
export const HELD = `case kind when 'hold' then amount when 'post' then -amount when 'release' then -amount else 0 end`;

/** An app's account in a currency. Decimal texts. */
export interface AccountRow {
  app_id: number;
  currency: string;
  /** Of the month before. */
  closing: string;
  /** Open holds. */
  held: string;
}

const ACCOUNTS = statement<AccountRow>(
  'statement_accounts',
  `select app_id, currency, sum(closing)::text as closing, sum(held)::text as held from (
     select app_id, currency, closing, 0 as held from billing_statement_total
     where month = (select max(month) from billing_closed_month)
     union all
     select app_id, currency, 0, ${HELD} from balance) account
   group by app_id, currency`,
);

/** The accounts of all apps, before the month that is closed next. */
export function accountsForStatements(runner: StatementRunner): Promise<AccountRow[]> {
  return runner.run(ACCOUNTS, []);
}

const CLOSE = statement<{ apps: number }>(
  'statement_close',
  `with closed as (
     insert into billing_closed_month (month, closed_at) values ($1, $2) returning month
   ), apps as (
     insert into billing_statement (app_id, month, app_name) select app.id, closed.month, app.name from app, closed
     returning app_id
   ), totals as (
     insert into billing_statement_total (app_id, month, currency, opening, charges, corrections, exact, rounded, remainder,
       closing, held)
     select app_id, $1::date, currency, opening, charges, corrections, exact, rounded, remainder, closing, held
     from unnest($3::integer[], $4::text[], $5::numeric[], $6::numeric[], $7::numeric[], $8::numeric[], $9::numeric[],
       $10::numeric[], $11::numeric[], $12::numeric[])
       as total (app_id, currency, opening, charges, corrections, exact, rounded, remainder, closing, held)
   ), lines as (
     insert into billing_statement_line (app_id, month, line, origin, price_id, price_version, country_code, charged, credited,
       unit_price, exact, rounded, remainder, currency, route)
     select app_id, $1::date, line, origin, price_id, price_version, country_code, charged, credited, unit_price, exact,
       rounded, remainder, currency, route
     from unnest($13::integer[], $14::integer[], $15::date[], $16::integer[], $17::integer[], $18::integer[], $19::bigint[],
       $20::bigint[], $21::numeric[], $22::numeric[], $23::numeric[], $24::numeric[], $25::text[], $26::text[])
       as line (app_id, line, origin, price_id, price_version, country_code, charged, credited, unit_price, exact, rounded,
         remainder, currency, route)
   )
   select count(*)::int as apps from apps`,
);

/** A total to store. Amounts are decimal texts. */
export interface TotalToStore {
  readonly appId: number;
  readonly currency: string;
  readonly opening: string;
  readonly charges: string;
  readonly corrections: string;
  readonly exact: string;
  readonly rounded: string;
  readonly remainder: string;
  readonly closing: string;
  readonly held: string;
}

/** A line to store. Amounts are decimal texts. */
export interface LineToStore {
  readonly appId: number;
  /** Place in its statement, from 1. */
  readonly line: number;
  readonly origin: string;
  readonly priceId: number;
  readonly priceVersion: number;
  readonly countryCode: number;
  readonly charged: number;
  readonly credited: number;
  readonly unitPrice: string;
  readonly exact: string;
  readonly rounded: string;
  readonly remainder: string;
  readonly currency: string;
  readonly route: string | null;
}

/**
 * Closes a month with everybody's statements, in one statement: all of it or nothing.
 * @param now business time, milliseconds
 * @returns how many statements there are
 */
export async function storeClosedMonth(
  runner: StatementRunner,
  month: string,
  now: number,
  totals: readonly TotalToStore[],
  lines: readonly LineToStore[],
): Promise<number> {
  const [row] = await runner.run(CLOSE, [
    month,
    new Date(now).toISOString(),
    plainArray(totals.map(({ appId }) => appId)),
    plainArray(totals.map(({ currency }) => currency)),
    ...(['opening', 'charges', 'corrections', 'exact', 'rounded', 'remainder', 'closing', 'held'] as const).map(
      (name) => plainArray(totals.map((total) => total[name])),
    ),
    plainArray(lines.map(({ appId }) => appId)),
    plainArray(lines.map(({ line }) => line)),
    plainArray(lines.map(({ origin }) => origin)),
    plainArray(lines.map(({ priceId }) => priceId)),
    plainArray(lines.map(({ priceVersion }) => priceVersion)),
    plainArray(lines.map(({ countryCode }) => countryCode)),
    nullableArray(lines.map(({ charged }) => charged)),
    nullableArray(lines.map(({ credited }) => credited)),
    ...(['unitPrice', 'exact', 'rounded', 'remainder', 'currency'] as const).map((name) =>
      plainArray(lines.map((line) => line[name])),
    ),
    textArray(lines.map(({ route }) => route)),
  ]);
  return row?.apps ?? 0;
}
