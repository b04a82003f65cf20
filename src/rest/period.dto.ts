import { IsISO8601, IsOptional, IsString, Matches, MaxLength } from 'class-validator';

import { wholeQuarters } from '../clock/domain/bucket-period.js';
import { IsTimeZone } from './time-zone.js';
import { InvalidRequestError } from './validation.pipe.js';

const DAY = 86_400_000;
const ZONED_TIME = /([Zz]|[+-]\d\d:?\d\d)$/;
const NEEDS_ZONE = { message: '$property must name its time zone: 2026-01-31T12:00:00Z' };

/** Query parameters of figures over a period. */
export class PeriodQuery {
  /** From this time on; default: 24 hours before `to`. */
  @IsOptional()
  @IsISO8601({ strict: true, strictSeparator: true })
  @Matches(ZONED_TIME, NEEDS_ZONE)
  from?: string;

  /** Before this time; default: now. */
  @IsOptional()
  @IsISO8601({ strict: true, strictSeparator: true })
  @Matches(ZONED_TIME, NEEDS_ZONE)
  to?: string;

  /** In which hours and days are meant (IANA name); default UTC. */
  @IsOptional()
  @IsString()
  @MaxLength(64)
  @IsTimeZone()
  timeZone?: string;
}

/** Beyond this many days figures are refused, which bounds what a request may cost: cut by hour or day, or by no time. */
const LONGEST = { byTime: 400, whole: 3660 } as const;

/**
 * The period of a query, in whole quarters of an hour that contain the one that was asked for; milliseconds.
 * @param now business time, milliseconds
 * @param isByTime the answer is cut by hour or day
 * @throws InvalidRequestError for one that is empty or too long
 */
export function periodOf(query: PeriodQuery, now: number, isByTime: boolean): { from: number; to: number } {
  const to = query.to === undefined ? now : Date.parse(query.to);
  const from = query.from === undefined ? to - DAY : Date.parse(query.from);
  if (from >= to) throw new InvalidRequestError([{ field: 'from', rule: 'must be before to' }]);
  const longest = isByTime ? LONGEST.byTime : LONGEST.whole;
  if (to - from > longest * DAY) {
    const by = isByTime ? ', by hour or day' : '';
    throw new InvalidRequestError([{ field: 'from', rule: `must be at most ${longest} days before to${by}` }]);
  }
  return wholeQuarters({ from, to });
}
