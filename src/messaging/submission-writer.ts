import { Injectable, type OnApplicationShutdown } from '@nestjs/common';

import type { AppPolicy } from '../apps/domain/app-policy.js';
import { RateLimits } from '../apps/rate-limits.service.js';
import { BatchWriter } from '../database/batch-writer.js';
import { Database } from '../database/database.js';
import type { SubmissionRow } from '../database/statements/accept.js';
import { QueueGauge } from './queue-gauge.js';
import { storeSubmissions, type StoreOutcome } from './submission-store.js';

/** Messages of one statement at the most, statements that may be under way, and messages that may wait for one. */
const MAX_FLUSH = 1_000;
const STREAMS = 2;
const MAX_WAITING = 100_000;

/** Stores submissions; concurrent requests share statement and commit. */
@Injectable()
export class SubmissionWriter implements OnApplicationShutdown {
  private readonly writer: BatchWriter<SubmissionRow, StoreOutcome>;
  /** Submissions under way that have an idempotency key: a repetition waits for its first and takes no room. */
  private readonly underWay = new Map<string, Promise<'stored' | 'replayed'>>();

  constructor(
    database: Database,
    private readonly limits: RateLimits,
    private readonly queue: QueueGauge,
  ) {
    this.writer = new BatchWriter({
      name: 'submissions',
      maxFlush: MAX_FLUSH,
      streams: STREAMS,
      maxWaiting: MAX_WAITING,
      weight: ({ msisdns }) => msisdns.length,
      flush: (rows) => storeSubmissions(database, rows),
    });
  }

  /**
   * Resolves after the commit: `replayed` when the idempotency key was taken, and nothing was stored.
   * @param policy of the app: its SMS count against its rate
   * @throws QueueFullError, RateLimitedError, SpendCapReachedError, BatchWriterFullError, DatabaseUnavailableError nothing was
   *   stored
   * @throws OutcomeUnknownError the same idempotency key tells
   */
  async write(row: SubmissionRow, policy: AppPolicy): Promise<'stored' | 'replayed'> {
    const key = keyOf(row);
    if (key === undefined) return this.submit(row, policy);
    const first = this.underWay.get(key);
    if (first !== undefined) {
      await first;
      return 'replayed';
    }
    const written = this.submit(row, policy).finally(() => this.underWay.delete(key));
    this.underWay.set(key, written);
    return written;
  }

  private async submit(row: SubmissionRow, policy: AppPolicy): Promise<'stored' | 'replayed'> {
    await this.queue.admit(row.appId, row.msisdns.length);
    await this.limits.takeSms({ appId: row.appId, policy }, row.msisdns.length);
    const outcome = await this.writer.submit(row);
    if (outcome instanceof Error) throw outcome;
    return outcome;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.writer.drain();
  }
}

function keyOf({ appId, idempotency }: SubmissionRow): string | undefined {
  return idempotency === undefined ? undefined : `${appId} ${idempotency.key}`;
}
