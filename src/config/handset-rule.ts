import 'reflect-metadata';

import { plainToInstance, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
  ValidateNested,
  validateSync,
} from 'class-validator';

import type { FieldFault } from '../errors.js';
import { flattenFaults } from './fault-lines.js';
import { IsNumberPattern, IsSandboxDuration, parseSandboxDuration } from './sandbox-rules.js';

/** A delivery report that a simulated handset's carrier gives. */
export interface HandsetReport {
  /** SMS_STATE, also one that the protocol does not name. */
  readonly state: number;
  /** Milliseconds of business time after acceptance. */
  readonly after: number;
  /** How often the report is pushed; default once. */
  readonly repeat?: number;
  /** Pushed while the ANSWER to the send is held back. */
  readonly beforeAnswer?: boolean;
}

/** How the ANSWER to a packet with such a number misbehaves. */
export interface AnswerFault {
  /** Milliseconds (real time) by which the ANSWER is late. */
  readonly delay?: number;
  /** The connection is cut instead of an ANSWER: before anything is stored, or after. */
  readonly cut?: 'before' | 'after';
  /** RESULT_CODE of the packet; nothing of it is stored. */
  readonly resultCode?: number;
  /** RESULT_CODE of this number alone. */
  readonly numberResultCode?: number;
  /** SERIAL of the ANSWER. */
  readonly serial?: number;
  /** Sent instead of the ANSWER, as it is. */
  readonly body?: string;
}

/** What numbers that match do: the reports that come for them, the ANSWER that is given (contract.md 6). */
export interface HandsetRule {
  /** Tested against country code + number; `*` stands for any digits. */
  readonly match: string;
  readonly reports?: readonly HandsetReport[];
  readonly answer?: AnswerFault;
}

const MAX_UINT = 0xffff_ffff;

class ReportShape {
  @IsInt() @Min(0) @Max(MAX_UINT) state: number;
  @IsSandboxDuration() after: string;
  @IsOptional() @IsInt() @Min(1) @Max(100) repeat?: number;
  @IsOptional() @IsBoolean() beforeAnswer?: boolean;
}

class AnswerShape {
  @IsOptional() @IsSandboxDuration() delay?: string;
  @IsOptional() @IsIn(['before', 'after']) cut?: 'before' | 'after';
  @IsOptional() @IsInt() @Min(0) @Max(MAX_UINT) resultCode?: number;
  @IsOptional() @IsInt() @Min(0) @Max(MAX_UINT) numberResultCode?: number;
  @IsOptional() @IsInt() @Min(0) @Max(MAX_UINT) serial?: number;
  @IsOptional() @IsString() @MaxLength(1_000_000) body?: string;
}

/** A handset rule as it stands in JSON. */
export class HandsetRuleShape {
  @IsNumberPattern() match: string;
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(50)
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Type(() => ReportShape)
  reports?: ReportShape[];
  @IsOptional() @IsObject() @ValidateNested() @Type(() => AnswerShape) answer?: AnswerShape;
}

class HandsetRuleList {
  @IsArray()
  @ArrayMaxSize(10_000)
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Type(() => HandsetRuleShape)
  rules: HandsetRuleShape[];
}

/** A rule in our own units, from its JSON after that was found to be valid. */
export function toHandsetRule({ match, reports, answer }: HandsetRuleShape): HandsetRule {
  return {
    match,
    ...(reports && { reports: reports.map(toReport) }),
    ...(answer && { answer: toAnswerFault(answer) }),
  };
}

function toReport({ state, after, repeat, beforeAnswer }: ReportShape): HandsetReport {
  return { state, after: milliseconds(after), repeat, beforeAnswer };
}

function toAnswerFault({ delay, cut, resultCode, numberResultCode, serial, body }: AnswerShape): AnswerFault {
  return {
    delay: delay === undefined ? undefined : milliseconds(delay),
    cut,
    resultCode,
    numberResultCode,
    serial,
    body,
  };
}

/** Reads a list of handset rules, as `PUT /admin/v1/faults` takes it. */
export function readHandsetRules(value: unknown): { rules: HandsetRule[] } | { faults: FieldFault[] } {
  const list = plainToInstance(HandsetRuleList, { rules: value });
  const errors = validateSync(list, { whitelist: true, forbidNonWhitelisted: true });
  if (errors.length === 0) return { rules: list.rules.map(toHandsetRule) };
  return { faults: flattenFaults(errors).map(({ field, rule }) => ({ field: field.replace(/^rules/, ''), rule })) };
}

function milliseconds(text: string): number {
  return parseSandboxDuration(text) ?? 0;
}
