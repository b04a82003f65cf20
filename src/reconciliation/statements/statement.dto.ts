import { IsOptional, IsString, Matches, MaxLength } from 'class-validator';

import type { MoneyJson } from '../../billing/domain/money.js';

/** Names of a period: a month or a day of UTC+8. */
export const PERIOD = /^20\d\d-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?$/;

/** Query parameters of `POST /v1/reconciliation/statements`. */
export class UploadStatementQuery {
  /** How the file is read. Default: our platform's format. */
  @IsOptional()
  @IsString()
  @MaxLength(64)
  mapping?: string;

  /** The month, or day, of UTC+8 that the bill is of. Default: the month that most of its rows are of. */
  @IsOptional()
  @Matches(PERIOD, { message: 'period must be such as 2026-11 or 2026-11-05' })
  period?: string;

  /** The one route that the bill is of. Default: all. */
  @IsOptional()
  @IsString()
  @MaxLength(255)
  route?: string;

  /** For people. */
  @IsOptional()
  @IsString()
  @MaxLength(200)
  name?: string;
}

/** What a statement bills in a currency. */
export class StatementTotalView {
  readonly rows: number;
  readonly billed: MoneyJson;
}

/** A provider's statement. */
export class StatementView {
  readonly id: string;
  readonly name: string;
  /** Null: our platform's format. */
  readonly mapping: string | null;
  /** Null: all routes. */
  readonly route: string | null;
  /** Month or day of UTC+8. */
  readonly period: string;
  readonly uploadedAt: string;
  readonly rows: number;
  readonly bytes: number;
  /** SHA-256 of the file and of how it is read, hexadecimal. */
  readonly digest: string;
  /** The earliest and the latest time of a row. */
  readonly firstAt: string;
  readonly lastAt: string;
  /** One a currency. */
  readonly totals: StatementTotalView[];
}

/** A statement that was uploaded. */
export class UploadedStatementView extends StatementView {
  /** The file was here before: this is the statement that it made then, and nothing was stored. */
  readonly repeated: boolean;
}
