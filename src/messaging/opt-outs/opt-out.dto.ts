import { ApiProperty } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsOptional, IsString, MaxLength } from 'class-validator';

import { AsIs } from '../../rest/validation.pipe.js';

/** Numbers of one request at the most; more come as a file. */
const MAX_NUMBERS = 1000;

/** Body of `POST /v1/opt-outs`. */
export class AddOptOutsDto {
  /** Numbers like `"+85267000011"` or `{countryCode, msisdn}`. */
  @ApiProperty({ maxItems: MAX_NUMBERS, items: { type: 'string', example: '+85267000011' } })
  @AsIs()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_NUMBERS)
  to: unknown[];

  /** Why, or by which way they opted out. */
  @IsOptional()
  @IsString()
  @MaxLength(500)
  note?: string;
}
