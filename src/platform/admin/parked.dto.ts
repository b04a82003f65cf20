import { ArrayMaxSize, IsArray, IsOptional, IsString, Matches, MaxLength } from 'class-validator';

import { PageQuery } from '../../rest/page.js';

/** Query parameters of `GET /admin/v1/reports/parked`. */
export class ParkedQuery extends PageQuery {
  /** Name of an account. */
  @IsOptional() @IsString() @MaxLength(64) account?: string;
}

/** Body of `POST /admin/v1/reports/parked/repush`. Empty, or without one: all that are parked. */
export class RepushDto {
  /** Ids of parked reports. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(10_000)
  @Matches(/^\d{1,15}$/, { each: true, message: 'ids must be ids of parked reports' })
  ids?: string[];

  /** Name of an account: all of its. */
  @IsOptional() @IsString() @MaxLength(64) account?: string;
}
