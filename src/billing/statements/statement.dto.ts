import { IsIn, IsOptional, IsString, MaxLength } from 'class-validator';

import { PageQuery } from '../../rest/page.js';

/** Query parameters of `GET /v1/billing/statements`. */
export class StatementFilter extends PageQuery {
  /** Name of an app; default: the key's own. */
  @IsOptional()
  @IsString()
  @MaxLength(100)
  app?: string;
}

/** Query parameters of `GET /v1/billing/statements/{month}`. */
export class StatementQuery {
  /** Name of an app; default: the key's own. */
  @IsOptional()
  @IsString()
  @MaxLength(100)
  app?: string;

  /** Outranks `Accept`. */
  @IsOptional()
  @IsIn(['json', 'csv'], { message: 'format must be json or csv' })
  format?: 'json' | 'csv';
}
