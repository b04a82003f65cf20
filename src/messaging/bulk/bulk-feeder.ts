import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';

import { UNRESTRICTED } from '../../apps/domain/app-policy.js';
import { RateLimitedError, RateLimits } from '../../apps/rate-limits.service.js';
import { Clock } from '../../clock/clock.js';
import { Config } from '../../config/config.js';
import { Database, type Transaction } from '../../database/database.js';
import {
  feedableBulks,
  type FeedableBulk,
  feedStretch,
  lockToFeed,
  messagesAhead,
  waitingRows,
} from '../../database/statements/bulk-feed.js';
import { Loop } from '../../loop.js';
import { LOGGER } from '../../runtime.module.js';
import { uuidv7 } from '../../uuid.js';
import { aheadLimit, MAX_AHEAD_PACKETS, packetsOfStretch } from '../domain/bulk-stretch.js';
import { newSubmissionId } from '../domain/message-id.js';
import { packetSize } from '../domain/packets.js';

/** Rows of one transaction at the most. */
const STRETCH = 2000;
/** Milliseconds between two looks at bulks whose queue is full, or that there are none of. */
const IDLE = 200;

/**
 * Moves the rows of bulks to the queue, a stretch a transaction, as far as it has room: rows, messages and packets, and how far the
 * bulk has come, change together. So nothing is moved twice, whoever dies when; and several workers take turns.
 */
@Injectable()
export class BulkFeeder implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly loop: Loop;

  constructor(
    private readonly database: Database,
    private readonly limits: RateLimits,
    private readonly clock: Clock,
    private readonly config: Config,
    @Inject(LOGGER) logger: Logger,
  ) {
    this.loop = new Loop({ name: 'feed bulks', round: () => this.round(), idle: IDLE, logger });
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.loop.stop();
  }

  /** Gives each bulk that may go on a turn. @returns whether any rows were moved */
  async round(): Promise<boolean> {
    let moved = false;
    for (const id of await feedableBulks(this.database, this.clock.now())) {
      if (await this.database.transaction((transaction) => this.feed(transaction, id))) moved = true;
    }
    return moved;
  }

  private async feed(transaction: Transaction, id: string): Promise<boolean> {
    const bulk = await lockToFeed(transaction, id);
    if (bulk === undefined) return false;
    const ahead = await messagesAhead(transaction, bulk, MAX_AHEAD_PACKETS);
    if (ahead >= aheadLimit(bulk.segments_per_second, this.config.queueLimit)) return false;
    const rows = await waitingRows(transaction, bulk, Math.min(STRETCH, bulk.sms_per_second ?? STRETCH));
    const last = rows.at(-1);
    if (last === undefined || !(await this.mayTake(bulk, rows.length))) return false;
    const now = this.clock.now();
    const taken = rows.filter(({ opted_out: refused }) => !refused);
    await feedStretch(transaction, {
      bulk,
      submissionId: newSubmissionId(Date.now(), randomBytes(6)),
      now,
      dueAt: now,
      validUntil: bulk.valid_until?.getTime() ?? now + this.config.defaultValidity,
      rows: taken,
      packets: packetsOfStretch(taken, packetSize(bulk.segments_per_second)),
      refused: rows.filter(({ opted_out: refused }) => refused),
      line: last.line,
      ledgerId: uuidv7(Date.now(), randomBytes(10)),
    });
    return true;
  }

  /** Whether the app's rate has room for so many; a bulk waits until it has. */
  private async mayTake(
    { app_id: appId, sms_per_second: smsPerSecond }: FeedableBulk,
    count: number,
  ): Promise<boolean> {
    try {
      await this.limits.takeSms({ appId, policy: { ...UNRESTRICTED, smsPerSecond } }, count);
      return true;
    } catch (error) {
      if (error instanceof RateLimitedError) return false;
      throw error;
    }
  }
}
