import { IsOptional, IsString, MaxLength } from 'class-validator';

import { PageQuery } from '../../rest/page.js';

/** Query parameters of `GET /admin/v1/audit`. */
export class AuditQuery extends PageQuery {
  /** Name of an account. */
  @IsOptional() @IsString() @MaxLength(64) account?: string;
}
