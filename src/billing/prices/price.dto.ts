import {
  IsBoolean,
  IsIn,
  IsInt,
  IsISO8601,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateNested,
} from 'class-validator';
import { Type } from 'class-transformer';

import { PageQuery } from '../../rest/page.js';
import { ToBoolean, ToInteger } from '../../rest/transforms.js';
import { CURRENCIES, type Currency } from '../domain/currency.js';
import { MAX_NOTE } from '../domain/price-file.js';

const ZONED_TIME = /([Zz]|[+-]\d\d:?\d\d)$/;
const NEEDS_ZONE = { message: '$property must name its time zone: 2026-01-31T12:00:00Z' };
const AMOUNT = /^\d{1,12}(\.\d{1,8})?$/;
const IS_CURRENCY = { message: `$property must be one of ${CURRENCIES.join(', ')}` };

/** What a segment costs. */
export class PricePerSegmentDto {
  /** A decimal string that is not negative, with up to 8 decimals. */
  @IsString()
  @Matches(AMOUNT, { message: 'amount must be a decimal string such as "0.35", not negative' })
  amount: string;

  @IsIn(CURRENCIES, IS_CURRENCY)
  currency: Currency;
}

/** Body of `POST /v1/prices`: a new version of a price. */
export class CreatePriceDto {
  /** Country calling code. */
  @IsInt()
  @Min(1)
  @Max(999)
  countryCode: number;

  /** Name of the route that it is for. Default: all routes without a price of their own. */
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(255)
  route?: string;

  @ValidateNested()
  @Type(() => PricePerSegmentDto)
  perSegment: PricePerSegmentDto;

  /** Default: now. In the past only where no price held then. */
  @IsOptional()
  @IsISO8601({ strict: true, strictSeparator: true })
  @Matches(ZONED_TIME, NEEDS_ZONE)
  validFrom?: string;

  /** Default: until the next price begins. Where it is given the price ends there, whatever comes then. */
  @IsOptional()
  @IsISO8601({ strict: true, strictSeparator: true })
  @Matches(ZONED_TIME, NEEDS_ZONE)
  validUntil?: string;

  /** After `validUntil`, what would have held without this price holds again. Default false. */
  @IsOptional()
  @IsBoolean()
  resume?: boolean;

  /** Prices that would begin while this one holds are withdrawn. Default false: then they are in its way. */
  @IsOptional()
  @IsBoolean()
  replace?: boolean;

  @IsOptional()
  @IsString()
  @MaxLength(MAX_NOTE)
  @Matches(/^[^\0]*$/, { message: 'note must not contain NUL' })
  note?: string;
}

/** Which prices. */
export class PriceFilter extends PageQuery {
  /** Country calling code. */
  @IsOptional()
  @ToInteger()
  @IsInt()
  @Min(1)
  @Max(999)
  country?: number;

  /** Name of a route; `*`: the prices for all routes. */
  @IsOptional()
  @IsString()
  @MaxLength(255)
  route?: string;

  @IsOptional()
  @IsIn(CURRENCIES, IS_CURRENCY)
  currency?: Currency;

  /** Only what holds at this time. */
  @IsOptional()
  @IsISO8601({ strict: true, strictSeparator: true })
  @Matches(ZONED_TIME, NEEDS_ZONE)
  at?: string;

  /** Also what is over, and what was withdrawn. Default false: what holds or will. */
  @IsOptional()
  @ToBoolean()
  @IsBoolean()
  history?: boolean;
}

/** Query parameters of `POST /v1/prices/import`. */
export class ImportPricesQuery {
  /** Only show what would change. Default false. */
  @IsOptional()
  @ToBoolean()
  @IsBoolean()
  dryRun?: boolean;

  /** Prices that would begin while one of the file holds are withdrawn. Default false: then they are in its way. */
  @IsOptional()
  @ToBoolean()
  @IsBoolean()
  replace?: boolean;
}
