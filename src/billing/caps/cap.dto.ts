import { IsOptional, IsString, Matches, MaxLength } from 'class-validator';

import { IsTimeZone } from '../../rest/time-zone.js';

const AMOUNT = /^\d{1,12}(\.\d{1,8})?$/;

/** Body of `PUT /v1/apps/{id}/caps/{currency}/{period}`. */
export class SetCapDto {
  /** A decimal string in the currency of the address; "0" lets nothing through that costs anything. */
  @IsString()
  @Matches(AMOUNT, { message: 'amount must be a decimal string such as "1000.00", not negative' })
  amount: string;

  /** Whose days and months they are: IANA name. Default UTC. */
  @IsOptional()
  @IsString()
  @MaxLength(64)
  @IsTimeZone()
  timeZone?: string;
}
