import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsIn,
  IsInt,
  IsISO8601,
  IsObject,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateNested,
} from 'class-validator';

import { AsIs } from '../rest/validation.pipe.js';

/** Recipients of one request at the most (contract.md 4). */
export const MAX_RECIPIENTS = 10_000;

const E164_SCHEMA = { type: 'string', example: '+85267000011' };
const NUMBER_SCHEMA = {
  type: 'object',
  required: ['countryCode', 'msisdn'],
  properties: { countryCode: { type: 'integer' }, msisdn: { type: 'string' } },
};

/** Signature of a text, without brackets, and where it stands (protocol.md 5). */
export class SignatureDto {
  @IsString()
  @MinLength(1)
  @MaxLength(64)
  text: string;

  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(5)
  type?: number;
}

/** A limit on the cost of each message. */
export class MaxPriceDto {
  @IsString()
  @MaxLength(21)
  amount: string;

  @IsString()
  currency: string;
}

/** A template, and the values of its variables. */
export class TemplateUseDto {
  /** Of a template of the app, or `otp`. */
  @IsString()
  @MinLength(1)
  @MaxLength(64)
  id: string;

  /** By name; texts or numbers, inserted as they are. */
  @ApiPropertyOptional({ type: 'object', additionalProperties: true })
  @IsOptional()
  @AsIs()
  @IsObject()
  variables?: Record<string, unknown>;
}

/** Body of `POST /v1/messages` and of its preview. */
export class SendMessageDto {
  /** `"+85267000011"` or `{countryCode, msisdn}`; each is judged by a plain loop, since there may be 10,000. */
  @ApiProperty({ maxItems: MAX_RECIPIENTS, items: { oneOf: [E164_SCHEMA, NUMBER_SCHEMA] } })
  @AsIs()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_RECIPIENTS)
  to: unknown[];

  /** Or `template`. */
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(2000)
  text?: string;

  /** In place of `text`. */
  @IsOptional()
  @ValidateNested()
  @Type(() => TemplateUseDto)
  template?: TemplateUseDto;

  /** Name of a route; default: the first. */
  @IsOptional()
  @IsString()
  @MaxLength(255)
  route?: string;

  /** Sender ID; default: the one of the provider account. */
  @IsOptional()
  @IsString()
  @MaxLength(32)
  from?: string;

  @IsOptional()
  @ValidateNested()
  @Type(() => SignatureDto)
  signature?: SignatureDto;

  @IsOptional()
  @IsIn(['normal', 'high'])
  priority?: 'normal' | 'high';

  @IsOptional()
  @IsISO8601({ strict: true, strictSeparator: true })
  sendAt?: string;

  @IsOptional()
  @IsISO8601({ strict: true, strictSeparator: true })
  validUntil?: string;

  @IsOptional()
  @IsIn(['wait', 'resend'])
  onDoubt?: 'wait' | 'resend';

  @IsOptional()
  @ValidateNested()
  @Type(() => MaxPriceDto)
  maxPrice?: MaxPriceDto;

  /** Returned everywhere, never sent. */
  @IsOptional()
  @AsIs()
  @IsObject()
  metadata?: Record<string, unknown>;
}
