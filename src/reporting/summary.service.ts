import { Injectable } from '@nestjs/common';

import { Clock } from '../clock/clock.js';
import { Database } from '../database/database.js';
import { isPostgresError } from '../database/database-error.js';
import { summarise, type SummaryDimension, type SummaryRequest } from '../database/statements/aggregate-summary.js';
import { ApplicationError } from '../errors.js';
import { InvalidRequestError } from '../rest/validation.pipe.js';
import { piecesOf, wholeQuarters, widestTier } from './domain/summary-period.js';
import type { SummaryQuery } from './summary.dto.js';
import { foldSummary, type SummaryView } from './summary.view.js';

const DAY = 86_400_000;
/** Beyond this the answer is no summary any more; it also bounds what a request may cost. */
const MAX_ROWS = 100_000;
const LONGEST = 3660 * DAY;
const LONGEST_BY_TIME = 400 * DAY;
/** PostgreSQL's invalid_parameter_value. */
const UNKNOWN_ZONE = '22023';

/** Counts, cost and times of delivery over any period, read from the aggregates, never from messages. */
@Injectable()
export class SummaryService {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * @param appId whose messages; undefined: everybody's
   * @throws InvalidRequestError for a period that is empty or too long, or a zone that nobody knows
   * @throws ApplicationError `summary_too_large` (422)
   */
  async summarise(appId: number | undefined, query: SummaryQuery): Promise<SummaryView> {
    const { groupBy = [], timeZone = 'UTC' } = query;
    const period = this.periodOf(query, groupBy);
    const unit = groupBy.includes('hour') ? 'hour' : groupBy.includes('day') ? 'day' : undefined;
    const pieces = piecesOf(period, widestTier(period, unit, timeZone));
    const rows = await this.read({ ...period, pieces, appId, groupBy, timeZone, limit: MAX_ROWS + 1 });
    if (rows.length > MAX_ROWS) throw new SummaryTooLargeError();
    return {
      from: new Date(period.from).toISOString(),
      to: new Date(period.to).toISOString(),
      timeZone,
      groupBy: [...groupBy],
      ...foldSummary(rows, groupBy),
    };
  }

  private periodOf(query: SummaryQuery, groupBy: readonly SummaryDimension[]): { from: number; to: number } {
    const to = query.to === undefined ? this.clock.now() : Date.parse(query.to);
    const from = query.from === undefined ? to - DAY : Date.parse(query.from);
    if (from >= to) throw new InvalidRequestError([{ field: 'from', rule: 'must be before to' }]);
    const byTime = groupBy.includes('hour') || groupBy.includes('day');
    const longest = byTime ? LONGEST_BY_TIME : LONGEST;
    if (to - from > longest) {
      const by = byTime ? ', by hour or day' : '';
      throw new InvalidRequestError([{ field: 'from', rule: `must be at most ${longest / DAY} days before to${by}` }]);
    }
    return wholeQuarters({ from, to });
  }

  private async read(request: SummaryRequest) {
    try {
      return await summarise(this.database, request);
    } catch (error) {
      if (!isPostgresError(error) || error.code !== UNKNOWN_ZONE) throw error;
      throw new InvalidRequestError([{ field: 'timeZone', rule: 'is not known to the database' }]);
    }
  }
}

/** The groups would be too many to be a summary. */
export class SummaryTooLargeError extends ApplicationError {
  constructor() {
    super('rule', 'summary_too_large', 'The summary has too many groups: take a shorter period or fewer dimensions.');
  }
}
