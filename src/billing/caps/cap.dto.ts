import { IsOptional, IsString, Matches, MaxLength, ValidateBy } from 'class-validator';

const AMOUNT = /^\d{1,12}(\.\d{1,8})?$/;

function isTimeZone(value: unknown): boolean {
  if (typeof value !== 'string' || !/^[A-Za-z][\w+/-]*$/.test(value)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

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
  @ValidateBy(
    { name: 'isTimeZone', validator: { validate: isTimeZone } },
    {
      message: 'timeZone must be the name of a time zone, such as Asia/Hong_Kong',
    },
  )
  timeZone?: string;
}
