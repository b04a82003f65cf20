import { Injectable, type OnApplicationShutdown } from '@nestjs/common';

import { BatchWriter } from '../database/batch-writer.js';
import { Database } from '../database/database.js';
import { type RateClaim, type RateVerdict, takeRate } from '../database/statements/take-rate.js';
import { ApplicationError } from '../errors.js';
import type { KeyHolder } from './caller.js';

/** What is limited; as stored in `app_rate.resource`. */
const REQUESTS = 1;
const SMS = 2;

const MAX_FLUSH = 1000;
const MAX_WAITING = 10_000;

/** The app has used up its rate. */
export class RateLimitedError extends ApplicationError {
  constructor(what: string, wait: number) {
    super('overload', 'rate_limited', `This app may not ${what} any faster.`, {
      retryAfter: Math.max(1, Math.ceil(wait)),
    });
  }
}

/**
 * How fast an app may go, over all processes (docs/decisions/0021-rate-limits.md). Apps without a limit cost nothing;
 * concurrent requests of the others share one small statement, which waits for no disk.
 */
@Injectable()
export class RateLimits implements OnApplicationShutdown {
  private readonly writer: BatchWriter<RateClaim, RateVerdict>;

  constructor(database: Database) {
    this.writer = new BatchWriter({
      name: 'rate limits',
      maxFlush: MAX_FLUSH,
      maxWaiting: MAX_WAITING,
      flush: (claims) => takeRate(database, uniform(claims)),
    });
  }

  /** Counts a request. @throws RateLimitedError, DatabaseUnavailableError */
  async takeRequest({ appId, policy }: KeyHolder): Promise<void> {
    if (policy.requestsPerSecond === null) return;
    await this.take({ appId, resource: REQUESTS, amount: 1, perSecond: policy.requestsPerSecond }, 'send requests');
  }

  /** Counts SMS that are about to be taken in. @throws RateLimitedError, DatabaseUnavailableError */
  async takeSms({ appId, policy }: Pick<KeyHolder, 'appId' | 'policy'>, count: number): Promise<void> {
    if (policy.smsPerSecond === null) return;
    await this.take({ appId, resource: SMS, amount: count, perSecond: policy.smsPerSecond }, 'send SMS');
  }

  async onApplicationShutdown(): Promise<void> {
    await this.writer.drain();
  }

  private async take(claim: RateClaim, what: string): Promise<void> {
    const { granted, wait } = await this.writer.submit(claim);
    if (!granted) throw new RateLimitedError(what, wait);
  }
}

/** Two seconds after a change of a rate, requests may still come with the old one: the newest in the batch is right. */
function uniform(claims: readonly RateClaim[]): RateClaim[] {
  const rates = new Map(claims.map(({ appId, resource, perSecond }) => [`${appId} ${resource}`, perSecond]));
  return claims.map((claim) => ({
    ...claim,
    perSecond: rates.get(`${claim.appId} ${claim.resource}`) ?? claim.perSecond,
  }));
}
