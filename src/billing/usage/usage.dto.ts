import { ArrayUnique, IsIn, IsOptional, IsString, MaxLength } from 'class-validator';

import type { UsageDimension } from '../../database/statements/usage.js';
import { PeriodQuery } from '../../rest/period.dto.js';
import { ToList } from '../../rest/transforms.js';

const DIMENSIONS: readonly UsageDimension[] = ['app', 'country', 'route', 'day'];

/** Query parameters of `GET /v1/billing/usage`; the period is that of when amounts were charged or given back. */
export class UsageQuery extends PeriodQuery {
  /** Any of app, country, route, day, separated by commas; default: none, one figure for all. */
  @IsOptional()
  @ToList()
  @ArrayUnique({ message: 'groupBy must not name a dimension twice' })
  @IsIn(DIMENSIONS, { each: true, message: `groupBy must be of ${DIMENSIONS.join(', ')}` })
  groupBy?: UsageDimension[];

  /** Name of an app; default: all that the key may see. */
  @IsOptional()
  @IsString()
  @MaxLength(100)
  app?: string;
}
