import { IsIn, IsInt, IsOptional, Max, Min } from 'class-validator';

import { PageQuery } from '../../rest/page.js';
import { ToInteger } from '../../rest/transforms.js';

const SEQUENCE = { message: '$property must be the number of an event, or 0' };

/** Query parameters of `GET /v1/events`. */
export class EventsQuery extends PageQuery {
  /** Only events with a greater number; 0: from the oldest that there is. A stream without it begins with what is new. */
  @IsOptional()
  @ToInteger()
  @IsInt(SEQUENCE)
  @Min(0, SEQUENCE)
  @Max(Number.MAX_SAFE_INTEGER, SEQUENCE)
  after?: number;

  /** How numbers are shown. */
  @IsOptional()
  @IsIn(['masked', 'clear'], { message: 'numbers must be masked or clear' })
  numbers: 'masked' | 'clear' = 'masked';
}
