import { ArrayUnique, IsIn, IsISO8601, IsOptional, IsString, Matches, MaxLength, ValidateBy } from 'class-validator';

import type { SummaryDimension } from '../database/statements/aggregate-summary.js';
import { ToList } from '../rest/transforms.js';
import { isTimeZone } from './domain/summary-period.js';

const DIMENSIONS: readonly SummaryDimension[] = ['country', 'route', 'status', 'app', 'hour', 'day'];
const ZONED_TIME = /([Zz]|[+-]\d\d:?\d\d)$/;
const NEEDS_ZONE = { message: '$property must name its time zone: 2026-01-31T12:00:00Z' };

function IsTimeZone(): PropertyDecorator {
  return ValidateBy(
    { name: 'isTimeZone', validator: { validate: (value) => typeof value === 'string' && isTimeZone(value) } },
    { message: '$property must be the name of a time zone, such as Asia/Hong_Kong' },
  );
}

/** Query parameters of `GET /v1/reports/summary`. */
export class SummaryQuery {
  /** Messages created at this time or later; default: 24 hours before `to`. */
  @IsOptional()
  @IsISO8601({ strict: true, strictSeparator: true })
  @Matches(ZONED_TIME, NEEDS_ZONE)
  from?: string;

  /** Messages created before this time; default: now. */
  @IsOptional()
  @IsISO8601({ strict: true, strictSeparator: true })
  @Matches(ZONED_TIME, NEEDS_ZONE)
  to?: string;

  /** Any of country, route, status, app, hour, day, separated by commas; default: none, one figure for all. */
  @IsOptional()
  @ToList()
  @ArrayUnique({ message: 'groupBy must not name a dimension twice' })
  @IsIn(DIMENSIONS, { each: true, message: `groupBy must be of ${DIMENSIONS.join(', ')}` })
  groupBy?: SummaryDimension[];

  /** In which hours and days are meant (IANA name); default UTC. */
  @IsOptional()
  @IsString()
  @MaxLength(64)
  @IsTimeZone()
  timeZone?: string;
}
