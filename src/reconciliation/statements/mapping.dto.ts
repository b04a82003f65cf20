import { Type } from 'class-transformer';
import {
  IsBoolean,
  IsDefined,
  IsIn,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  MinLength,
  ValidateNested,
} from 'class-validator';

import { CURRENCIES } from '../../billing/domain/currency.js';

/** Names of columns, as they stand in the file's first line. */
export class StatementColumnsDto {
  @IsString()
  @MinLength(1)
  @MaxLength(200)
  smsUid: string;

  @IsString()
  @MinLength(1)
  @MaxLength(200)
  acceptedAt: string;

  /** The number with its country code in one. Either this, or `countryCode` and `msisdn`. */
  @IsOptional()
  @IsString()
  @MaxLength(200)
  number?: string;

  @IsOptional()
  @IsString()
  @MaxLength(200)
  countryCode?: string;

  /** The number without its country code. */
  @IsOptional()
  @IsString()
  @MaxLength(200)
  msisdn?: string;

  @IsOptional()
  @IsString()
  @MaxLength(200)
  segments?: string;

  @IsOptional()
  @IsString()
  @MaxLength(200)
  unitPrice?: string;

  @IsString()
  @MinLength(1)
  @MaxLength(200)
  amount: string;

  @IsOptional()
  @IsString()
  @MaxLength(200)
  currency?: string;

  @IsOptional()
  @IsString()
  @MaxLength(200)
  state?: string;
}

/** Body of `POST /v1/reconciliation/mappings`: how another provider's file is read. */
export class CreateMappingDto {
  @Matches(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, {
    message: 'name must be 1 to 64 letters, digits, dots, hyphens and underscores',
  })
  name: string;

  @IsDefined()
  @IsObject()
  @ValidateNested()
  @Type(() => StatementColumnsDto)
  columns: StatementColumnsDto;

  /** Default `,`. */
  @IsOptional()
  @IsIn([',', ';', '\t', '|'], { message: 'delimiter must be a comma, a semicolon, a tab or a bar' })
  delimiter?: string;

  /** `iso8601`, or `YYYY`, `MM`, `DD`, `HH`, `mm`, `ss` with what stands between them. Default `YYYY-MM-DD HH:mm:ss`. */
  @IsOptional()
  @IsString()
  @MaxLength(64)
  timeFormat?: string;

  /** Of times that do not name theirs: `Z`, `+08:00`, `Asia/Shanghai`. Default `+08:00`. */
  @IsOptional()
  @IsString()
  @MaxLength(64)
  timeZone?: string;

  /** Default `.`. */
  @IsOptional()
  @IsIn(['.', ','], { message: 'decimalMark must be a point or a comma' })
  decimalMark?: '.' | ',';

  /** Where no column holds it. */
  @IsOptional()
  @IsIn(CURRENCIES, { message: `currency must be one of ${CURRENCIES.join(', ')}` })
  currency?: string;

  /** The file's words for states, and the SMS_STATE that each means. Default: they are SMS_STATE as on the wire. */
  @IsOptional()
  @IsObject()
  states?: Record<string, number>;

  /** Whether the file has a row for each SMS that cost nothing, too. Default false. */
  @IsOptional()
  @IsBoolean()
  listsUnbilled?: boolean;
}

/** How a provider's file is read, as the API shows it. */
export class MappingView {
  readonly name: string;
  readonly columns: StatementColumnsDto;
  readonly delimiter: string;
  readonly timeFormat: string;
  readonly timeZone: string;
  readonly decimalMark: '.' | ',';
  /** Null: a column holds it. */
  readonly currency: string | null;
  /** Null: states are SMS_STATE as on the wire. */
  readonly states: Record<string, number> | null;
  readonly listsUnbilled: boolean;
  readonly createdAt: string;
}
