import {
  ArrayMaxSize,
  IsBoolean,
  IsIn,
  IsInt,
  IsISO8601,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
} from 'class-validator';

import { ToBoolean, ToInteger, ToList } from '../../rest/transforms.js';

/** Query parameters of `POST /v1/bulk`: the body is the file. */
export class BulkQuery {
  /** Of a bulk whose upload broke off: the same file is sent again, and goes on where it stopped. No other parameter is needed. */
  @IsOptional()
  @IsString()
  @MaxLength(36)
  id?: string;

  /** For people. */
  @IsOptional()
  @IsString()
  @MaxLength(200)
  name?: string;

  /** The text, with `{{variables}}` that are columns of the file. */
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(2000)
  text?: string;

  /** Id of a template, in place of `text`. */
  @IsOptional()
  @IsString()
  @MaxLength(64)
  template?: string;

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
  @IsString()
  @MinLength(1)
  @MaxLength(64)
  signature?: string;

  @IsOptional()
  @ToInteger()
  @IsInt()
  @Min(1)
  @Max(5)
  signatureType?: number;

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

  /** Reads, judges and prices the file, and sends nothing. */
  @IsOptional()
  @ToBoolean()
  @IsBoolean()
  dryRun?: boolean;

  /** A file that was sent before with the same text is sent again. */
  @IsOptional()
  @ToBoolean()
  @IsBoolean()
  force?: boolean;

  /** `false`: the bulk waits for `/resume` when its rows are there. */
  @IsOptional()
  @ToBoolean()
  @IsBoolean()
  start?: boolean;

  /** The column of the numbers; default `to`. */
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(200)
  toColumn?: string;

  /** `variable:column`, separated by commas, for variables whose columns have other names. */
  @IsOptional()
  @ToList()
  @ArrayMaxSize(50)
  @Matches(/^[^:]{1,64}:.{1,200}$/, { each: true, message: 'columns must be like variable:column,variable:column' })
  columns?: string[];

  /** What separates the columns of a CSV file; default a comma. */
  @IsOptional()
  @IsIn(['comma', 'semicolon', 'tab'])
  delimiter?: 'comma' | 'semicolon' | 'tab';
}
