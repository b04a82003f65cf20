import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsISO8601,
  IsOptional,
} from 'class-validator';
import { IsString, Matches, Max, MaxLength, Min, MinLength, ValidateIf } from 'class-validator';

import { PageQuery } from '../rest/page.js';
import { ToInteger } from '../rest/transforms.js';
import { type Scope, SCOPES } from './scope.js';

/** Names of apps. */
export const APP_NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;
/** The rule of `APP_NAME`, as a sentence for whoever breaks it. */
export const APP_NAME_RULE = 'is 1 to 63 of a-z, 0-9, dot, dash and underscore, and starts with a letter or digit';

const NAME_MESSAGE = { message: `name ${APP_NAME_RULE}` };
const SENDER_ID = /^[\x20-\x7e]{1,32}$/;
const MAX_RATE = 1_000_000;
const ZONED_TIME = /([Zz]|[+-]\d\d:?\d\d)$/;
const NEEDS_ZONE = { message: '$property must name its time zone: 2026-01-31T12:00:00Z' };

/** A member that may be absent, but not null: unlike `@IsOptional()`. */
const IfPresent = (): PropertyDecorator => ValidateIf((_, value) => value !== undefined);

/** What an app may do, and how strict it wants to be taken. What is absent stays as it is, or gets its default. */
export class AppPolicyDto {
  /** Refuse numbers that look unassigned, instead of warning about them. Default false. */
  @IfPresent()
  @IsBoolean()
  strictNumbers?: boolean;

  /** Refuse what breaks sender rules and registration duties of a direction, instead of warning about it. Default false. */
  @IfPresent()
  @IsBoolean()
  strictSenders?: boolean;

  /** Names of the routes that the app may use, or `*` for all. Default none: then only the gateway's first. */
  @IfPresent()
  @IsArray()
  @ArrayMaxSize(100)
  @ArrayUnique()
  @IsString({ each: true })
  @MinLength(1, { each: true })
  @MaxLength(255, { each: true })
  allowedRoutes?: string[];

  /** Sender IDs that the app may use, or `*` for all. Default none: then only the provider account's own. */
  @IfPresent()
  @IsArray()
  @ArrayMaxSize(1000)
  @ArrayUnique()
  @Matches(SENDER_ID, { each: true, message: 'each of $property must be 1 to 32 printable ASCII characters' })
  allowedSenders?: string[];

  /** Country calling codes where the app's content and sender IDs are registered. Default none. */
  @IfPresent()
  @IsArray()
  @ArrayMaxSize(300)
  @ArrayUnique()
  @IsInt({ each: true })
  @Min(1, { each: true })
  @Max(999, { each: true })
  registeredCountries?: number[];

  /** Requests of any kind per second, over all processes. Default null: no limit. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MAX_RATE)
  requestsPerSecond?: number | null;

  /** SMS taken in per second, over all processes. Default null: no limit. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MAX_RATE)
  smsPerSecond?: number | null;
}

/** Body of `POST /v1/apps`. */
export class CreateAppDto extends AppPolicyDto {
  @Matches(APP_NAME, NAME_MESSAGE)
  name: string;
}

/** Body of `PATCH /v1/apps/{id}`. */
export class ChangeAppDto extends AppPolicyDto {
  @IfPresent()
  @Matches(APP_NAME, NAME_MESSAGE)
  name?: string;
}

/** Body of `POST /v1/apps/{id}/keys`. */
export class CreateKeyDto {
  /** What the key is for; shown in lists. */
  @IsString()
  @MinLength(1)
  @MaxLength(100)
  name: string;

  /** What it allows: nothing but these. */
  @IsArray()
  @ArrayMinSize(1)
  @ArrayUnique()
  @IsIn(SCOPES, { each: true, message: `scopes must be of ${SCOPES.join(', ')}` })
  scopes: Scope[];

  /** From then on it is refused. Default: never. */
  @IfPresent()
  @IsISO8601({ strict: true, strictSeparator: true })
  @Matches(ZONED_TIME, NEEDS_ZONE)
  expiresAt?: string;
}

/** Body of `POST /v1/apps/{id}/keys/{keyId}/rotate`. */
export class RotateKeyDto {
  /** Until then the old key is good beside the new one. Default: for 24 hours. */
  @IfPresent()
  @IsISO8601({ strict: true, strictSeparator: true })
  @Matches(ZONED_TIME, NEEDS_ZONE)
  oldKeyValidUntil?: string;
}

/** Query parameters of `GET /v1/audit`. */
export class AuditQuery extends PageQuery {
  /** Kind of object: `app`, `key`. */
  @IsOptional()
  @IsString()
  @MaxLength(50)
  object?: string;

  @IsOptional()
  @IsString()
  @MaxLength(255)
  objectId?: string;

  @IsOptional()
  @IsString()
  @MaxLength(100)
  action?: string;

  /** Only changes made with keys of this app. */
  @IsOptional()
  @ToInteger()
  @IsInt()
  appId?: number;
}
