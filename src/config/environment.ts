import 'reflect-metadata';

import { plainToInstance, Transform } from 'class-transformer';
import {
  IsBase64,
  IsIn,
  IsOptional,
  IsString,
  IsUrl,
  Matches,
  MinLength,
  ValidateBy,
  ValidateIf,
  type ValidationOptions,
} from 'class-validator';
import net from 'node:net';

export const ROLES = ['api', 'callback', 'worker', 'platform'] as const;
/** One of the four parts that the program can play (contract.md 1). */
export type Role = (typeof ROLES)[number];

const POSTGRES_URL = /^postgres(ql)?:\/\/.+/;
const DURATION = /^[1-9]\d*(ms|s|m|h|d)$/;

/** A comma-separated list becomes an array; blanks around the commas do not count. */
const List = () =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string'
      ? value
          .split(',')
          .map((item) => item.trim())
          .filter((item) => item !== '')
      : value,
  );
const Integer = () =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value,
  );

/** Whether the text is an IP address or a CIDR range. */
export function isAddressRange(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  const [address = '', prefix, more] = value.split('/');
  const family = net.isIP(address);
  if (family === 0 || more !== undefined) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128));
}

function IsAddressRange(options?: ValidationOptions): PropertyDecorator {
  return ValidateBy(
    {
      name: 'isAddressRange',
      validator: {
        validate: isAddressRange,
        defaultMessage: () => '$property must be a comma-separated list of IP addresses or CIDR ranges',
      },
    },
    options,
  );
}

/** One rule, so that a wrong value is told in one line. */
function IsIntegerWithin(min: number, max: number): PropertyDecorator {
  return ValidateBy({
    name: 'isIntegerWithin',
    validator: {
      validate: (value) => typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max,
      defaultMessage: () => `$property must be an integer from ${min} to ${max}`,
    },
  });
}

/** Days for which something is kept: 0 for ever, otherwise at least so many. */
function IsDays(min: number): PropertyDecorator {
  return ValidateBy({
    name: 'isDays',
    validator: {
      validate: (value) =>
        value === 0 || (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= 36_500),
      defaultMessage: () => `$property must be 0 (keep for ever) or a number of days from ${min} to 36500`,
    },
  });
}

/** Every variable that the program reads, as it is read. `.env.example` explains each. */
export class Environment {
  @IsOptional() @IsString() NODE_ENV?: string;
  @IsOptional()
  @List()
  @IsIn(ROLES, { each: true, message: `ROLES must be a comma-separated choice of ${ROLES.join(', ')}` })
  ROLES?: Role[];
  @IsOptional() @IsString() @MinLength(1) DATA_DIR?: string;
  @IsOptional()
  @Matches(POSTGRES_URL, { message: 'DATABASE_URL must start with postgres://' })
  DATABASE_URL?: string;
  @IsOptional()
  @Matches(POSTGRES_URL, { message: 'PLATFORM_DATABASE_URL must start with postgres://' })
  PLATFORM_DATABASE_URL?: string;
  @IsOptional() @IsBase64() SECRETS_KEY?: string;
  @IsOptional() @IsString() SANDBOX_FILE?: string;
  @IsOptional() @List() @IsAddressRange({ each: true }) TRUSTED_PROXIES?: string[];

  @IsOptional() @IsString() API_HOST?: string;
  @IsOptional() @Integer() @IsIntegerWithin(0, 65535) API_PORT?: number;
  @IsOptional() @IsString() API_TLS_CERT?: string;
  @IsOptional() @IsString() API_TLS_KEY?: string;
  @IsOptional() @IsIn(['0', '1']) API_BEHIND_PROXY?: '0' | '1';

  @IsOptional() @IsString() CALLBACK_HOST?: string;
  @IsOptional() @Integer() @IsIntegerWithin(0, 65535) CALLBACK_PORT?: number;
  @IsOptional() @Integer() @IsIntegerWithin(0, 65535) CALLBACK_HEALTH_PORT?: number;
  @IsOptional() @IsIn(['on', 'off']) CALLBACK_TLS?: 'on' | 'off';
  @IsOptional() @IsIn(['require', 'request', 'none']) CALLBACK_CLIENT_AUTH?: 'require' | 'request' | 'none';
  @IsOptional() @List() @IsAddressRange({ each: true }) CALLBACK_ALLOWED_ADDRESSES?: string[];
  @IsOptional() @IsString() CALLBACK_CERT?: string;
  @IsOptional() @IsString() CALLBACK_KEY?: string;
  @IsOptional() @IsString() CALLBACK_CA?: string;

  @IsOptional()
  @IsUrl({ protocols: ['https', 'http'], require_protocol: true, require_tld: false })
  UIP_URL?: string;
  @IsOptional() @IsString() UIP_CA?: string;
  @IsOptional() @IsString() UIP_CERT?: string;
  @IsOptional() @IsString() UIP_KEY?: string;
  @IsOptional()
  @Matches(/^[\x20-\x7e]{1,128}$/, { message: 'UIP_AUTH_KEY must be 1 to 128 printable ASCII characters' })
  UIP_AUTH_KEY?: string;
  @IsOptional() @Integer() @IsIntegerWithin(1, 1000) UIP_CONNECTIONS?: number;
  @IsOptional()
  @Matches(DURATION, { message: 'UIP_ANSWER_TIMEOUT must be a duration such as 30s' })
  UIP_ANSWER_TIMEOUT?: string;
  @IsOptional()
  @Matches(/^[+-]\d\d:\d\d$/, { message: 'UIP_TIME_ZONE must be an offset such as +08:00' })
  UIP_TIME_ZONE?: string;
  @IsOptional()
  @Matches(DURATION, { message: 'DEFAULT_VALIDITY must be a duration such as 24h' })
  DEFAULT_VALIDITY?: string;
  @IsOptional()
  @Matches(/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/, {
    message: 'AFTER_RESTORE must be a time with its zone such as 2026-03-01T12:00:00Z',
  })
  AFTER_RESTORE?: string;
  @IsOptional() @Integer() @IsIntegerWithin(1, 1_000_000_000) QUEUE_LIMIT?: number;

  @IsOptional()
  @List()
  @ValidateIf(({ WEBHOOK_ALLOWED_NETWORKS: given }: Environment) => given?.join() !== 'none')
  @IsAddressRange({ each: true })
  WEBHOOK_ALLOWED_NETWORKS?: string[];
  @IsOptional() @IsString() WEBHOOK_CA?: string;
  @IsOptional()
  @Matches(DURATION, { message: 'EVENT_RETENTION must be a duration such as 14d' })
  EVENT_RETENTION?: string;

  @IsOptional() @Integer() @IsDays(1) RETENTION_TEXT_DAYS?: number;
  @IsOptional() @Integer() @IsDays(10) RETENTION_NUMBER_DAYS?: number;
  @IsOptional() @Integer() @IsDays(35) RETENTION_PARTITION_DAYS?: number;

  @IsOptional() @IsString() PLATFORM_HOST?: string;
  @IsOptional() @Integer() @IsIntegerWithin(0, 65535) PLATFORM_PORT?: number;
  @IsOptional() @Integer() @IsIntegerWithin(0, 65535) PLATFORM_ADMIN_PORT?: number;
  @IsOptional() @IsString() @MinLength(16) PLATFORM_ADMIN_KEY?: string;
  @IsOptional() @IsIn(['require', 'request']) PLATFORM_CLIENT_AUTH?: 'require' | 'request';
  @IsOptional() @IsString() PLATFORM_CERT?: string;
  @IsOptional() @IsString() PLATFORM_KEY?: string;
  @IsOptional() @IsString() PLATFORM_CA?: string;
  @IsOptional() @IsString() PLATFORM_PUSH_CA?: string;
  @IsOptional() @IsString() PLATFORM_PUSH_CERT?: string;
  @IsOptional() @IsString() PLATFORM_PUSH_KEY?: string;

  @IsOptional() @IsIn(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']) LOG_LEVEL?: string;
}

/** Reads the variables that we know out of a process environment; empty ones count as absent. */
export function readEnvironment(variables: Readonly<Record<string, string | undefined>>): Environment {
  const present = Object.fromEntries(
    Object.entries(variables).filter(([, value]) => value !== undefined && value !== ''),
  );
  return plainToInstance(Environment, present);
}
