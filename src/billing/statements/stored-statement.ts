import type {
  AccountRow,
  BillingLineRow,
  LineToStore,
  TotalToStore,
} from '../../database/statements/statement-close.js';
import type { StoredLineRow, TotalRow } from '../../database/statements/statement-read.js';
import { type Currency, isCurrency } from '../domain/currency.js';
import { formatAmount, type Money, parseAmount } from '../domain/money.js';
import type { Account, LineFacts, Statement, StatementLine, StatementTotal } from '../domain/statement.js';

/** The first day of a month `yyyy-mm`, as the database names it. */
export const firstDay = (month: string): string => `${month}-01`;
/** The month of a first day, `yyyy-mm`. */
export const monthOfDay = (day: string): string => day.slice(0, 7);

function currencyOf(text: string): Currency {
  if (!isCurrency(text)) throw new Error(`the database holds an amount in ${text}`);
  return text;
}

function moneyOf(text: string, currency: Currency): Money {
  return { amount: parseAmount(text), currency };
}

/** A line before its rounding. */
export function factsOf(row: Omit<BillingLineRow, 'amount'>, exact: string): LineFacts {
  const currency = currencyOf(row.currency);
  return {
    origin: monthOfDay(row.origin),
    countryCode: row.country_code,
    route: row.route,
    priceId: row.price_id,
    priceVersion: row.price_version,
    unitPrice: moneyOf(row.unit_price, currency),
    charged: row.charged,
    credited: row.credited,
    exact: moneyOf(exact, currency),
  };
}

/** A line as it was stored: it is not rounded again. */
export function storedLine(row: StoredLineRow): StatementLine {
  const facts = factsOf(row, row.exact);
  const { currency } = facts.exact;
  const [rounded, remainder] = [moneyOf(row.rounded, currency), moneyOf(row.remainder, currency)];
  return { ...facts, quantity: row.charged - row.credited, rounded, remainder };
}

/** An account before the statement of a month that is not closed. */
export function accountOf(row: AccountRow): Account {
  const currency = currencyOf(row.currency);
  return { currency, opening: moneyOf(row.closing, currency), held: moneyOf(row.held, currency) };
}

/** A total as it was stored. */
export function storedTotal(row: TotalRow): StatementTotal {
  const currency = currencyOf(row.currency);
  const amount = (text: string): Money => moneyOf(text, currency);
  return {
    currency,
    opening: amount(row.opening),
    charges: amount(row.charges),
    corrections: amount(row.corrections),
    exact: amount(row.exact),
    rounded: amount(row.rounded),
    remainder: amount(row.remainder),
    closing: amount(row.closing),
    held: amount(row.held),
  };
}

const textOf = ({ amount }: Money): string => formatAmount(amount);

/** An app's totals as they are stored. */
export function totalsToStore(appId: number, { totals }: Statement): TotalToStore[] {
  return totals.map((total) => ({
    appId,
    currency: total.currency,
    opening: textOf(total.opening),
    charges: textOf(total.charges),
    corrections: textOf(total.corrections),
    exact: textOf(total.exact),
    rounded: textOf(total.rounded),
    remainder: textOf(total.remainder),
    closing: textOf(total.closing),
    held: textOf(total.held),
  }));
}

/** An app's lines as they are stored. */
export function linesToStore(appId: number, { lines }: Statement): LineToStore[] {
  return lines.map((line, index) => ({
    appId,
    line: index + 1,
    origin: firstDay(line.origin),
    priceId: line.priceId,
    priceVersion: line.priceVersion,
    countryCode: line.countryCode,
    charged: line.charged,
    credited: line.credited,
    unitPrice: textOf(line.unitPrice),
    exact: textOf(line.exact),
    rounded: textOf(line.rounded),
    remainder: textOf(line.remainder),
    currency: line.exact.currency,
    route: line.route,
  }));
}
