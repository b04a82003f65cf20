import { ApiProperty, getSchemaPath } from '@nestjs/swagger';
import { IsBoolean, IsInt, IsISO8601, IsOptional, Matches, Max, Min, ValidateBy, ValidateIf } from 'class-validator';

import type { Currency } from '../../billing/domain/currency.js';
import { money, type Money, MoneyJson, parseAmount, parseMoney } from '../../billing/domain/money.js';
import { ApplicationError } from '../../errors.js';
import { PageQuery } from '../../rest/page.js';
import { ToBoolean, ToInteger } from '../../rest/transforms.js';
import { InvalidRequestError } from '../../rest/validation.pipe.js';

/** For the OpenAPI document: what `IsMoneyOrAmount` lets pass. */
export const AMOUNT_SCHEMAS = [{ type: 'string', example: '0.35' }, { $ref: getSchemaPath(MoneyJson) }];

const ZONED_TIME = /([Zz]|[+-]\d\d:?\d\d)$/;

function isMoneyOrAmount(value: unknown): boolean {
  try {
    return (typeof value === 'string' ? parseAmount(value) : parseMoney(value).amount) >= 0n;
  } catch {
    return false;
  }
}

/** An amount that is not negative: a decimal string in the account's currency, or money. */
export const IsMoneyOrAmount = () =>
  ValidateBy({
    name: 'isMoneyOrAmount',
    validator: {
      validate: isMoneyOrAmount,
      defaultMessage: () => '$property must be a decimal string such as "0.35", or { amount, currency }; not negative',
    },
  });

/**
 * Reads what `IsMoneyOrAmount` let pass.
 * @throws ApplicationError `currency_mismatch` (rule) for money in another currency than the account's
 */
export function readAmount(field: string, value: unknown, currency: Currency): Money {
  if (typeof value === 'string') return money(parseAmount(value), currency);
  const read = parseMoney(value);
  if (read.currency !== currency) throw new OtherCurrencyError(field, currency);
  return read;
}

/** An amount in another currency than the account's: there is no conversion. */
export class OtherCurrencyError extends ApplicationError {
  constructor(field: string, currency: Currency) {
    const rule = `must be in ${currency}, the currency of the account`;
    super('rule', 'currency_mismatch', `${field} ${rule}.`, { faults: [{ field, rule }] });
  }
}

/** A price version: what a segment to a country costs from a time on. */
export class PriceDto {
  /** Country calling code. */
  @IsInt() @Min(1) @Max(999) countryCode: number;

  /** A decimal string in the account's currency, or money; null: the country is not priced from then on. */
  @ApiProperty({ oneOf: AMOUNT_SCHEMAS, nullable: true })
  @ValidateIf((_, value) => value !== null)
  @IsMoneyOrAmount()
  perSegment: unknown;

  /** Not before now. Default: now. */
  @IsOptional()
  @IsISO8601({ strict: true, strictSeparator: true })
  @Matches(ZONED_TIME, { message: 'validFrom must name its time zone: 2026-01-31T12:00:00Z' })
  validFrom?: string;
}

/** Query parameters of `GET /admin/v1/accounts/{name}/prices`. */
export class PriceQuery extends PageQuery {
  /** Country calling code. */
  @IsOptional() @ToInteger() @IsInt() @Min(1) @Max(999) country?: number;

  /** Only versions that hold now or will. */
  @IsOptional() @ToBoolean() @IsBoolean() current?: boolean;
}

/** When a price version begins to hold, in ms. @throws InvalidRequestError for a time that has passed */
export function validFromOf(field: string, { validFrom }: PriceDto, now: number): number {
  if (validFrom === undefined) return now;
  const time = Date.parse(validFrom);
  if (time >= now) return time;
  throw new InvalidRequestError([{ field, rule: 'must not have passed: what was sold at a price stays so' }]);
}
