import { IsIn, IsInt, IsISO8601, IsOptional, IsString, Matches, Max, MaxLength, Min } from 'class-validator';

import { PageQuery } from '../rest/page.js';
import { ToInteger, ToList } from '../rest/transforms.js';
import { MESSAGE_STATUSES, type MessageStatus } from './domain/message-status.js';

const ZONED_TIME = /([Zz]|[+-]\d\d:?\d\d)$/;
const NEEDS_ZONE = { message: '$property must name its time zone: 2026-01-31T12:00:00Z' };

/** Query parameters of `GET /v1/messages`. */
export class MessageListQuery extends PageQuery {
  /** One or several, separated by commas. */
  @IsOptional()
  @ToList()
  @IsIn(MESSAGE_STATUSES, { each: true, message: `status must be of ${MESSAGE_STATUSES.join(', ')}` })
  status?: MessageStatus[];

  /** Country calling code. */
  @IsOptional()
  @ToInteger()
  @IsInt({ message: 'country must be a country calling code' })
  @Min(1, { message: 'country must be a country calling code' })
  @Max(9999, { message: 'country must be a country calling code' })
  country?: number;

  /** Name of a route. */
  @IsOptional()
  @IsString()
  @MaxLength(255)
  route?: string;

  @IsOptional()
  @IsString()
  @MaxLength(36)
  submissionId?: string;

  /** E.164; its plus may have been lost in the query string. */
  @IsOptional()
  @IsString()
  @MaxLength(80)
  to?: string;

  /** Created at this time or later. */
  @IsOptional()
  @IsISO8601({ strict: true, strictSeparator: true })
  @Matches(ZONED_TIME, NEEDS_ZONE)
  createdFrom?: string;

  /** Created before this time. */
  @IsOptional()
  @IsISO8601({ strict: true, strictSeparator: true })
  @Matches(ZONED_TIME, NEEDS_ZONE)
  createdTo?: string;
}
