import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsObject, IsOptional, IsString, MaxLength } from 'class-validator';

import { MoneyJson } from '../../billing/domain/money.js';

/** Body of `POST /admin/v1/accounts/{name}/balance`. */
export class ChangeBalanceDto {
  /** `{ "amount": "100.00", "currency": "HKD" }` in the account's currency; negative: a correction. */
  @ApiProperty({ type: MoneyJson })
  @IsObject()
  amount: object;

  /** Default: `top_up`; for a negative amount `correction`, which it has to be. */
  @IsOptional() @IsIn(['top_up', 'correction']) kind?: 'top_up' | 'correction';

  /** Why. Required for a correction. */
  @IsOptional() @IsString() @MaxLength(500) note?: string;
}
