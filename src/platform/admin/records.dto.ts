import { IsInt, IsISO8601, IsOptional, IsString, Matches, Max, Min, ValidateBy } from 'class-validator';

import { PageQuery } from '../../rest/page.js';
import { ToInteger, ToList } from '../../rest/transforms.js';
import { SMS_STATES } from '../../uip/domain/sms-state.js';

const ZONED_TIME = /([Zz]|[+-]\d\d:?\d\d)$/;
const NEEDS_ZONE = { message: '$property must name its time zone: 2026-01-31T12:00:00Z' };

/** What stands for "nothing known yet" in `state`. */
const NONE = 'none';
const NONE_STATE = -1;

/** An SMS_STATE by number or name; -1 for `none`; undefined for anything else. */
export function readState(text: string): number | undefined {
  if (text === NONE) return NONE_STATE;
  if (/^\d{1,10}$/.test(text)) return Number(text);
  return SMS_STATES.find(({ name }) => name === text.toUpperCase())?.state;
}

/** Query parameters of `GET /admin/v1/accounts/{name}/messages`. */
export class RecordsQuery extends PageQuery {
  /** Country code and number in digits, with or without a plus (which an address turns into a blank). */
  @IsOptional()
  @Matches(/^[+ ]?\d{1,40}$/, { message: 'number must be the country code and the number, in digits' })
  number?: string;

  /** An SMS_UID. */
  @IsOptional() @IsString() @Matches(/^[\x21-\x7e]{1,32}$/) uid?: string;

  /** SMS_STATEs by number or name, separated by commas; `none`: nothing is known yet. */
  @IsOptional()
  @ToList()
  @ValidateBy({
    name: 'areStates',
    validator: {
      validate: (value) =>
        Array.isArray(value) && value.every((one) => typeof one === 'string' && readState(one) !== undefined),
      defaultMessage: () => 'state must be of numbers, names of states, and none',
    },
  })
  state?: string[];

  /** Country calling code. */
  @IsOptional() @ToInteger() @IsInt() @Min(1) @Max(999) country?: number;

  /** Accepted at this time or later. */
  @IsOptional()
  @IsISO8601({ strict: true, strictSeparator: true })
  @Matches(ZONED_TIME, NEEDS_ZONE)
  acceptedFrom?: string;

  /** Accepted before this time. */
  @IsOptional()
  @IsISO8601({ strict: true, strictSeparator: true })
  @Matches(ZONED_TIME, NEEDS_ZONE)
  acceptedTo?: string;
}

/** Query parameters of `GET /admin/v1/accounts/{name}/statement`. */
export class StatementQuery {
  /** A month in UTC+8: `2026-11`. */
  @Matches(/^20\d\d-(0[1-9]|1[0-2])$/, { message: 'month must be such as 2026-11' }) month: string;
}
