import { Injectable } from '@nestjs/common';

import type { Caller } from '../../apps/caller.js';
import { piecesOf, widestTier } from '../../clock/domain/bucket-period.js';
import { Clock } from '../../clock/clock.js';
import { Database } from '../../database/database.js';
import { readUsage } from '../../database/statements/usage.js';
import { ApplicationError } from '../../errors.js';
import { periodOf } from '../../rest/period.dto.js';
import { inRequestedZone } from '../../rest/time-zone.js';
import { namedApp, seesAllBooks } from '../installation-reach.js';
import type { UsageQuery } from './usage.dto.js';
import { usageFigures, type UsageView } from './usage.view.js';

/** Beyond this the answer is no overview any more; it also bounds what a request may cost. */
const MAX_ROWS = 100_000;

/** The groups would be too many. */
export class UsageTooLargeError extends ApplicationError {
  constructor() {
    super('rule', 'usage_too_large', 'The usage has too many groups: take a shorter period or fewer dimensions.');
  }
}

/** What was spent over any period, net, read from the rolled-up ledger: never from messages, and equal to the entries. */
@Injectable()
export class UsageService {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * @throws InvalidRequestError for a period that is empty or too long, or a zone that nobody knows
   * @throws AppNotFoundError, InsufficientScopeError, UsageTooLargeError
   */
  async usage(caller: Caller, query: UsageQuery): Promise<UsageView> {
    const { groupBy = [], timeZone = 'UTC' } = query;
    const unit = groupBy.includes('day') ? 'day' : undefined;
    const period = periodOf(query, this.clock.now(), unit !== undefined);
    const named = await namedApp(this.database, caller, query.app);
    const appId = named ?? (seesAllBooks(caller) ? undefined : caller.appId);
    const pieces = piecesOf(period, widestTier(period, unit, timeZone));
    const request = { ...period, pieces, appId, groupBy, timeZone, limit: MAX_ROWS + 1 };
    const rows = await inRequestedZone(() => readUsage(this.database, request));
    if (rows.length > MAX_ROWS) throw new UsageTooLargeError();
    return {
      from: new Date(period.from).toISOString(),
      to: new Date(period.to).toISOString(),
      timeZone,
      groupBy: [...groupBy],
      ...usageFigures(rows, groupBy),
    };
  }
}
