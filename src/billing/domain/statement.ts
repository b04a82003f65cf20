import type { Currency } from './currency.js';
import { add, type Money, roundToMinorUnit, subtract, sum, zero } from './money.js';

/** What a line is about: messages of one country, route and price version that were accepted in one month. */
export interface LineFacts {
  /** Month in which the messages were accepted, `yyyy-mm`. */
  readonly origin: string;
  readonly countryCode: number;
  /** Null: not known any more. */
  readonly route: string | null;
  readonly priceId: number;
  readonly priceVersion: number;
  /** Per segment. */
  readonly unitPrice: Money;
  /** Segments that were charged, and that were given back. */
  readonly charged: number;
  readonly credited: number;
  /** Exact, net; what the ledger's entries add up to. */
  readonly exact: Money;
}

/** A line with its one rounding: exact = rounded + remainder. */
export interface StatementLine extends LineFacts {
  /** Segments, net. */
  readonly quantity: number;
  /** In whole minor units of the currency, a half to the even one (design.md 4). */
  readonly rounded: Money;
  readonly remainder: Money;
}

/** What an app's account in a currency is before and besides a statement. */
export interface Account {
  readonly currency: Currency;
  /** Closing of the statement before. */
  readonly opening: Money;
  /** Open holds: what may still be charged. */
  readonly held: Money;
}

/** A statement in one currency. exact = charges + corrections = rounded + remainder; closing = opening + exact. */
export interface StatementTotal extends Account {
  /** Of messages that were accepted in the month. */
  readonly charges: Money;
  /** Of messages of earlier months. */
  readonly corrections: Money;
  readonly exact: Money;
  readonly rounded: Money;
  readonly remainder: Money;
  readonly closing: Money;
}

/** A statement: lines of its own month first, then corrections by the month that they belong to. */
export interface Statement {
  readonly lines: readonly StatementLine[];
  /** One a currency that the account ever had. */
  readonly totals: readonly StatementTotal[];
}

/** Rounds a line, which happens here and nowhere else. @throws ApplicationError `amount_out_of_range` */
export function roundLine(facts: LineFacts): StatementLine {
  const rounded = roundToMinorUnit(facts.exact);
  return {
    ...facts,
    quantity: facts.charged - facts.credited,
    rounded,
    remainder: subtract(facts.exact, rounded),
  };
}

/**
 * Makes an app's statement.
 *
 * @param month `yyyy-mm`; what was accepted earlier is a correction
 * @throws ApplicationError `amount_out_of_range`
 */
export function makeStatement(month: string, facts: readonly LineFacts[], accounts: readonly Account[]): Statement {
  const lines = facts.filter(isWorthALine).map(roundLine).toSorted(byPlace(month));
  const known = new Map(accounts.map((account) => [account.currency, account]));
  for (const { exact } of lines) {
    const { currency } = exact;
    if (!known.has(currency)) known.set(currency, { currency, opening: zero(currency), held: zero(currency) });
  }
  const totals = [...known.values()].map((account) => totalOf(month, account, lines));
  return { lines, totals: totals.toSorted((one, other) => compareTexts(one.currency, other.currency)) };
}

function isWorthALine({ charged, credited, exact }: LineFacts): boolean {
  return charged !== 0 || credited !== 0 || exact.amount !== 0n;
}

function totalOf(month: string, account: Account, all: readonly StatementLine[]): StatementTotal {
  const { currency } = account;
  const lines = all.filter(({ exact }) => exact.currency === currency);
  const isOwn = ({ origin }: LineFacts): boolean => origin === month;
  const amountOf = (some: readonly StatementLine[]): Money =>
    sum(
      currency,
      some.map(({ exact }) => exact),
    );
  const charges = amountOf(lines.filter(isOwn));
  const corrections = amountOf(lines.filter((line) => !isOwn(line)));
  const exact = add(charges, corrections);
  const rounded = sum(
    currency,
    lines.map((line) => line.rounded),
  );
  const closing = add(account.opening, exact);
  return { ...account, charges, corrections, exact, rounded, remainder: subtract(exact, rounded), closing };
}

/** Own month first, then by month, country, route, price version. */
function byPlace(month: string): (one: StatementLine, other: StatementLine) => number {
  return (one, other) =>
    Number(one.origin !== month) - Number(other.origin !== month) ||
    compareTexts(one.origin, other.origin) ||
    one.countryCode - other.countryCode ||
    compareTexts(one.route ?? '', other.route ?? '') ||
    compareTexts(one.exact.currency, other.exact.currency) ||
    one.priceVersion - other.priceVersion ||
    one.priceId - other.priceId;
}

function compareTexts(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
