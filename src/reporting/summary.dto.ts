import { ArrayUnique, IsIn, IsOptional } from 'class-validator';

import type { SummaryDimension } from '../database/statements/aggregate-summary.js';
import { PeriodQuery } from '../rest/period.dto.js';
import { ToList } from '../rest/transforms.js';

const DIMENSIONS: readonly SummaryDimension[] = ['country', 'route', 'status', 'app', 'hour', 'day'];

/** Query parameters of `GET /v1/reports/summary`; the period is that of when messages were created. */
export class SummaryQuery extends PeriodQuery {
  /** Any of country, route, status, app, hour, day, separated by commas; default: none, one figure for all. */
  @IsOptional()
  @ToList()
  @ArrayUnique({ message: 'groupBy must not name a dimension twice' })
  @IsIn(DIMENSIONS, { each: true, message: `groupBy must be of ${DIMENSIONS.join(', ')}` })
  groupBy?: SummaryDimension[];
}
