import 'reflect-metadata';

import { plainToInstance, Type } from 'class-transformer';
import {
  ArrayUnique,
  IsArray,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateNested,
  validateSync,
} from 'class-validator';
import fs from 'node:fs';

import { CURRENCIES, type Currency } from '../billing/domain/currency.js';
import { ConfigError } from './config.js';
import { faultLine, flattenFaults } from './fault-lines.js';
import { type HandsetRule, HandsetRuleShape, toHandsetRule } from './handset-rule.js';
import { IsAllowedAddresses, IsAmount, IsCallbackUrl, IsFingerprints } from './sandbox-rules.js';

const MAX_UINT = 0xffff_ffff;
const PRINTABLE = /^[\x20-\x7e]*$/;

/** A product: the ROUTE_ID that sends name, and the country calling codes that it covers. */
export class SandboxRoute {
  @Matches(/^.{1,255}$/su) id: string;
  @IsArray() @IsInt({ each: true }) @Min(1, { each: true }) @Max(999, { each: true }) countries: number[];
}

/** Price of a segment to a country, in the account's currency, as a decimal string. */
export class SandboxPrice {
  @IsInt() @Min(1) @Max(999) countryCode: number;
  @IsAmount() perSegment: string;
}

/** What an SMS to a country may be: it must match in all that the registration names (protocol.md 8). */
export class SandboxRegistration {
  @IsInt() @Min(1) @Max(999) countryCode: number;
  /** Without brackets. */
  @IsOptional() @MinLength(1) @MaxLength(64) signature?: string;
  @IsOptional() @Matches(PRINTABLE) @MinLength(1) @MaxLength(32) senderId?: string;
  /** `{}` stands for any text. */
  @IsOptional() @MinLength(1) @MaxLength(4000) content?: string;
}

/** A number that nothing is sent to. */
export class SandboxBlacklistEntry {
  @IsInt() @Min(1) @Max(999) countryCode: number;
  @Matches(/^\d{1,32}$/) msisdn: string;
}

const List = (type: () => new () => object): PropertyDecorator => {
  const decorators = [IsArray(), IsObject({ each: true }), ValidateNested({ each: true }), Type(type)];
  return (target, name) => decorators.forEach((decorate) => decorate(target, name));
};

/** A customer's account on the sandbox's platform (contract.md 6). */
export class SandboxAccount {
  @Matches(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/) name: string;
  /** Absent: `Secrets.sandboxAuthKey(name)`. */
  @IsOptional() @Matches(PRINTABLE) @MinLength(1) @MaxLength(128) authKey?: string;
  @IsIn(CURRENCIES) currency: Currency;
  /** Decimal string. */
  @IsAmount() balance: string;
  @IsArray()
  @ArrayUnique()
  @IsAllowedAddresses()
  allowedAddresses: string[];
  @IsArray() @IsFingerprints() certificateFingerprints: string[];
  /** Absent: the callback listener of the same installation. */
  @IsOptional() @IsCallbackUrl() callbackUrl?: string;
  @Matches(PRINTABLE) @MinLength(1) @MaxLength(32) defaultSenderId: string;
  /** SMS a second, with a burst of one second. */
  @IsInt() @Min(1) @Max(1_000_000) ratePerSecond: number;
  /** SMS that may wait for the carrier. */
  @IsInt() @Min(1) @Max(MAX_UINT) queueLimit: number;
  @List(() => SandboxRoute) routes: SandboxRoute[];
  @List(() => SandboxPrice) prices: SandboxPrice[];
  @List(() => SandboxRegistration) registrations: SandboxRegistration[];
  @List(() => SandboxBlacklistEntry) blacklist: SandboxBlacklistEntry[];
}

class SandboxFileShape {
  @List(() => SandboxAccount) accounts: SandboxAccount[];
  @List(() => HandsetRuleShape) handsets: HandsetRuleShape[];
}

/** The sandbox file, read: who may send on its platform, and how its simulated handsets behave. */
export interface SandboxFile {
  readonly accounts: readonly SandboxAccount[];
  readonly handsets: readonly HandsetRule[];
}

/**
 * Reads and validates the sandbox file (contract.md 6). Members that the format does not have are faults, so that a
 * misspelled one is noticed.
 * @throws ConfigError with one line per fault, each naming file and member
 */
export function readSandboxFile(path: string): SandboxFile {
  const shape = plainToInstance(SandboxFileShape, readJson(path));
  const errors = validateSync(shape, { whitelist: true, forbidNonWhitelisted: true });
  const faults = [...flattenFaults(errors).map(faultLine), ...(errors.length === 0 ? doubles(shape.accounts) : [])];
  if (faults.length > 0) throw new ConfigError(faults.map((fault) => `${path}: ${fault}`));
  return { accounts: shape.accounts, handsets: shape.handsets.map(toHandsetRule) };
}

function readJson(path: string): object {
  const read = (): unknown => {
    try {
      return JSON.parse(fs.readFileSync(path, 'utf8'));
    } catch (error) {
      throw new ConfigError([`${path}: ${error instanceof SyntaxError ? 'is not JSON' : 'can not be read'}`]);
    }
  };
  const value = read();
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new ConfigError([`${path}: must be an object with "accounts" and "handsets"`]);
}

/** What must not stand twice: names and keys of accounts, and within an account its routes and prices. */
function doubles(accounts: readonly SandboxAccount[]): string[] {
  return [
    ...twice('accounts', 'name', accounts, ({ name }) => name),
    ...twice('accounts', 'authKey', accounts, ({ authKey }) => authKey),
    ...accounts.flatMap(({ routes, prices }, index) => [
      ...twice(`accounts[${index}].routes`, 'id', routes, ({ id }) => id),
      ...twice(`accounts[${index}].prices`, 'countryCode', prices, ({ countryCode }) => countryCode),
    ]),
  ];
}

function twice<Item>(path: string, member: string, items: readonly Item[], keyOf: (item: Item) => unknown): string[] {
  const seen = new Set<unknown>();
  return items.flatMap((item, index) => {
    const key = keyOf(item);
    if (key === undefined || !seen.has(key)) {
      seen.add(key);
      return [];
    }
    return [`${path}[${index}].${member} stands there twice`];
  });
}
