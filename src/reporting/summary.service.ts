import { Injectable } from '@nestjs/common';

import { Clock } from '../clock/clock.js';
import { Database } from '../database/database.js';
import { summarise } from '../database/statements/aggregate-summary.js';
import { ApplicationError } from '../errors.js';
import { periodOf } from '../rest/period.dto.js';
import { inRequestedZone } from '../rest/time-zone.js';
import { piecesOf, widestTier } from '../clock/domain/bucket-period.js';
import type { SummaryQuery } from './summary.dto.js';
import { foldSummary, type SummaryView } from './summary.view.js';

/** Beyond this the answer is no summary any more; it also bounds what a request may cost. */
const MAX_ROWS = 100_000;

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
    const unit = groupBy.includes('hour') ? 'hour' : groupBy.includes('day') ? 'day' : undefined;
    const period = periodOf(query, this.clock.now(), unit !== undefined);
    const pieces = piecesOf(period, widestTier(period, unit, timeZone));
    const request = { ...period, pieces, appId, groupBy, timeZone, limit: MAX_ROWS + 1 };
    const rows = await inRequestedZone(() => summarise(this.database, request));
    if (rows.length > MAX_ROWS) throw new SummaryTooLargeError();
    return {
      from: new Date(period.from).toISOString(),
      to: new Date(period.to).toISOString(),
      timeZone,
      groupBy: [...groupBy],
      ...foldSummary(rows, groupBy),
    };
  }
}

/** The groups would be too many to be a summary. */
export class SummaryTooLargeError extends ApplicationError {
  constructor() {
    super('rule', 'summary_too_large', 'The summary has too many groups: take a shorter period or fewer dimensions.');
  }
}
