import { ApplicationError } from '../../errors.js';
import { type Currency, CURRENCIES, isCurrency, minorUnitDigits } from './currency.js';

/**
 * An amount in one currency, exact: an integer of 10^-8 of the currency unit (design.md 4), what `numeric(20,8)` holds.
 * There is no conversion between currencies.
 */
export interface Money {
  /** 10^-8 of the currency unit; may be negative. */
  readonly amount: bigint;
  readonly currency: Currency;
}

/** Money in JSON (contract.md 4). */
export class MoneyJson {
  /** Decimal string with at least the minor unit's digits, at most 8, no further trailing zeros. */
  readonly amount: string;
  readonly currency: Currency;
}

/** Two currencies where one was expected: a defect of ours, since nothing converts. */
export class CurrencyMismatchError extends ApplicationError {
  constructor(expected: Currency, found: Currency) {
    super('internal', 'currency_mismatch', `An amount in ${found} met one in ${expected}.`);
  }
}

const SCALE = 8;
const ONE = 10n ** BigInt(SCALE);

/** One past the greatest magnitude of `numeric(20,8)`, in 10^-8. */
const LIMIT = 10n ** 20n;

const DECIMAL = /^(-?)(0|[1-9][0-9]{0,11})(?:\.([0-9]{1,8}))?$/;

/**
 * Money of so many 10^-8.
 *
 * @throws ApplicationError `rule`/`amount_out_of_range` when `numeric(20,8)` can't hold it
 */
export function money(amount: bigint, currency: Currency): Money {
  if (amount >= LIMIT || amount <= -LIMIT)
    throw new ApplicationError(
      'rule',
      'amount_out_of_range',
      'The amount must have at most 12 digits before the point.',
    );
  return { amount, currency };
}

/** Nothing, in a currency. */
export function zero(currency: Currency): Money {
  return { amount: 0n, currency };
}

/**
 * Reads a decimal string into 10^-8: an optional minus, at most 12 digits without superfluous zeros in front, then at most 8 after a
 * point. No exponent, no plus, no blanks. Reads what PostgreSQL prints of a `numeric(20,8)`.
 *
 * @throws ApplicationError `malformed`/`malformed_amount` for anything else
 */
export function parseAmount(text: string): bigint {
  const match = DECIMAL.exec(text);
  if (match === null)
    throw new ApplicationError(
      'malformed',
      'malformed_amount',
      'An amount is a decimal string with at most 12 digits before the point and 8 after it.',
    );
  const magnitude = BigInt(match[2]) * ONE + BigInt((match[3] ?? '').padEnd(SCALE, '0'));
  return match[1] === '-' ? -magnitude : magnitude;
}

/**
 * Prints 10^-8 as a decimal string with at least `digits` (0..8) digits after the point, and no trailing zeros beyond them.
 * With the default of 0 it is the shortest form, as SQL parameters take it.
 */
export function formatAmount(amount: bigint, digits = 0): string {
  const magnitude = amount < 0n ? -amount : amount;
  const fraction = (magnitude % ONE).toString().padStart(SCALE, '0');
  let kept = SCALE;
  while (kept > digits && fraction[kept - 1] === '0') kept--;
  const whole = `${amount < 0n ? '-' : ''}${magnitude / ONE}`;
  return kept === 0 ? whole : `${whole}.${fraction.slice(0, kept)}`;
}

/**
 * Reads money from JSON: `{ "amount": "0.70", "currency": "HKD" }`; other members are ignored.
 *
 * @throws ApplicationError `malformed`/`malformed_amount` or `malformed`/`unknown_currency`
 */
export function parseMoney(value: unknown): Money {
  const { amount, currency } = (value ?? {}) as { amount?: unknown; currency?: unknown };
  if (typeof amount !== 'string')
    throw new ApplicationError('malformed', 'malformed_amount', 'Money is { "amount": "0.70", "currency": "HKD" }.');
  if (!isCurrency(currency))
    throw new ApplicationError(
      'malformed',
      'unknown_currency',
      `The currency must be one of ${CURRENCIES.join(', ')}.`,
    );
  return money(parseAmount(amount), currency);
}

/** Money as JSON shows it: `0.70` HKD, `12` JPY, `0.045` USD. */
export function toMoneyJson(value: Money): MoneyJson {
  return { amount: formatAmount(value.amount, minorUnitDigits(value.currency)), currency: value.currency };
}

/** The sum of two amounts. @throws CurrencyMismatchError, or `amount_out_of_range` as `money` does */
export function add(one: Money, other: Money): Money {
  checkCurrency(one.currency, other);
  return money(one.amount + other.amount, one.currency);
}

/** One amount less another. @throws CurrencyMismatchError, or `amount_out_of_range` as `money` does */
export function subtract(one: Money, other: Money): Money {
  checkCurrency(one.currency, other);
  return money(one.amount - other.amount, one.currency);
}

/** The amount with the other sign. */
export function negate(value: Money): Money {
  return { amount: -value.amount, currency: value.currency };
}

/**
 * An amount taken so many times; exact, since the factor is an integer.
 *
 * @throws ApplicationError `internal`/`bad_argument` for a factor that is no safe integer; `amount_out_of_range` as `money` does
 */
export function multiply(value: Money, factor: number | bigint): Money {
  if (typeof factor === 'number' && !Number.isSafeInteger(factor))
    throw new ApplicationError('internal', 'bad_argument', 'Money is multiplied by integers only.');
  return money(value.amount * BigInt(factor), value.currency);
}

/** The sum of any number of amounts in a currency. @throws CurrencyMismatchError, or `amount_out_of_range` as `money` does */
export function sum(currency: Currency, values: Iterable<Money>): Money {
  let total = 0n;
  for (const value of values) {
    checkCurrency(currency, value);
    total += value.amount;
  }
  return money(total, currency);
}

/** Negative, zero or positive, as `one` is less than, equal to or greater than `other`. @throws CurrencyMismatchError */
export function compare(one: Money, other: Money): -1 | 0 | 1 {
  checkCurrency(one.currency, other);
  if (one.amount === other.amount) return 0;
  return one.amount < other.amount ? -1 : 1;
}

/**
 * Rounds to the currency's minor unit, a half to the even neighbour (design.md 4). Happens once, on a statement line.
 *
 * @throws ApplicationError `rule`/`amount_out_of_range` when rounding up leaves `numeric(20,8)`
 */
export function roundToMinorUnit(value: Money): Money {
  const unit = 10n ** BigInt(SCALE - minorUnitDigits(value.currency));
  const magnitude = value.amount < 0n ? -value.amount : value.amount;
  const remainder = magnitude % unit;
  const floor = magnitude - remainder;
  const isOdd = (floor / unit) % 2n === 1n;
  const up = remainder * 2n > unit || (remainder * 2n === unit && isOdd);
  const rounded = up ? floor + unit : floor;
  return money(value.amount < 0n ? -rounded : rounded, value.currency);
}

function checkCurrency(expected: Currency, value: Money): void {
  if (value.currency !== expected) throw new CurrencyMismatchError(expected, value.currency);
}
