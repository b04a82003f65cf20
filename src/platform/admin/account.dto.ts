import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateIf,
  ValidateNested,
} from 'class-validator';

import { CURRENCIES, type Currency } from '../../billing/domain/currency.js';
import {
  SandboxBlacklistEntry as BlacklistDto,
  SandboxRegistration as RegistrationDto,
  SandboxRoute as RouteDto,
} from '../../config/sandbox-file.js';
import { IsAllowedAddresses, IsCallbackUrl, IsFingerprints } from '../../config/sandbox-rules.js';
import { MOST_ENTRIES } from './entries.js';
import { AMOUNT_SCHEMAS, IsMoneyOrAmount, PriceDto } from './price.dto.js';

const MAX_UINT = 0xffff_ffff;
const PRINTABLE = /^[\x20-\x7e]*$/;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

const List = (type: () => new () => object): PropertyDecorator => {
  const decorators = [
    IsOptional(),
    IsArray(),
    ArrayMaxSize(MOST_ENTRIES),
    IsObject({ each: true }),
    ValidateNested({ each: true }),
    Type(type),
  ];
  return (target, name) => decorators.forEach((decorate) => decorate(target, name));
};

/** What of an account can be changed at any time; absent: stays, or the default for a new one. */
class AccountSettings {
  /** Sender ID of SMS without ORIGINAL_ADDR. Default `CloudSMS`. */
  @IsOptional() @IsString() @Matches(PRINTABLE) @MinLength(1) @MaxLength(32) defaultSenderId?: string;

  /** SMS a second, with a burst of one second. Default 100. */
  @IsOptional() @IsInt() @Min(1) @Max(1_000_000) ratePerSecond?: number;

  /** SMS that may wait for the carrier. Default 100,000. */
  @IsOptional() @IsInt() @Min(1) @Max(MAX_UINT) queueLimit?: number;

  /** IP addresses and CIDR ranges that its requests come from. Default: none, and nobody gets in. */
  @IsOptional() @IsArray() @ArrayMaxSize(MOST_ENTRIES) @ArrayUnique() @IsAllowedAddresses() allowedAddresses?: string[];

  /** SHA-256 fingerprints of the certificates that may use its AUTH_KEY. Default: none, and any trusted one may. */
  @IsOptional() @IsArray() @ArrayMaxSize(MOST_ENTRIES) @IsFingerprints() certificateFingerprints?: string[];

  /** Where its reports are pushed to. Required in production; null in the sandbox: this installation's callback listener. */
  @ValidateIf((_, value) => value !== undefined && value !== null) @IsCallbackUrl() callbackUrl?: string | null;
}

/** Body of `PATCH /admin/v1/accounts/{name}`. */
export class ChangeAccountDto extends AccountSettings {
  /** Only as long as the account has neither prices nor a line in the ledger. */
  @IsOptional() @IsIn(CURRENCIES) currency?: Currency;
}

/** Body of `POST /admin/v1/accounts`: an account as the sandbox file has it, all but its name and currency optional. */
export class CreateAccountDto extends AccountSettings {
  @Matches(NAME, { message: 'name must be 1 to 64 of A-Z, a-z, 0-9, dot, dash and underscore, letter or digit first' })
  name: string;

  @IsIn(CURRENCIES) currency: Currency;

  /** What it starts with, as money or as a decimal string in its currency. Default: nothing. */
  @ApiProperty({ oneOf: AMOUNT_SCHEMAS, required: false })
  @IsOptional()
  @IsMoneyOrAmount()
  balance?: unknown;

  /** In the sandbox only: an AUTH_KEY that is known already. Default: a new one. */
  @IsOptional() @IsString() @Matches(PRINTABLE) @MinLength(1) @MaxLength(128) authKey?: string;

  @List(() => RouteDto) routes?: RouteDto[];
  @List(() => PriceDto) prices?: PriceDto[];
  @List(() => RegistrationDto) registrations?: RegistrationDto[];
  @List(() => BlacklistDto) blacklist?: BlacklistDto[];
}

/** Body of `POST /admin/v1/accounts/{name}/auth-key`. */
export class ReissueDto {
  /** How long the present AUTH_KEY goes on to be good: `24h`. Default: not at all. */
  @IsOptional()
  @Matches(/^\d{1,9}(ms|s|m|h|d)$/, { message: 'overlap must be an integer with ms, s, m, h or d, such as "24h"' })
  overlap?: string;
}
