import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';

import { Config } from '../config/config.js';
import { Database } from '../database/database.js';
import { queueDepth } from '../database/statements/queue-depth.js';
import { ApplicationError } from '../errors.js';
import { LOGGER } from '../runtime.module.js';

/** Milliseconds between two measurements at the least, and how many times as long as one has taken. */
const PAUSE = 2_000;
const PAUSE_FACTOR = 20;
/** What a caller is told to wait, in seconds. */
const RETRY_AFTER = 30;

/** Too many of the app's messages wait to be sent. */
export class QueueFullError extends ApplicationError {
  constructor() {
    super('overload', 'queue_full', 'Too many messages of this app wait to be sent. Try again later.', {
      retryAfter: RETRY_AFTER,
    });
  }
}

/**
 * Keeps each app's queue bounded (`QUEUE_LIMIT`). The depth is measured now and then rather than counted with each message,
 * which would make every request of an app wait for the same row; in between, this process adds what it takes in itself. So
 * the limit is exceeded by what other processes take in within a few seconds, at the most.
 */
@Injectable()
export class QueueGauge {
  private depth: ReadonlyMap<number, number> = new Map();
  private readonly added = new Map<number, number>();
  private measuring: Promise<void> | undefined;
  private nextAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly database: Database,
    private readonly config: Config,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * Counts messages that are about to be stored.
   * @throws QueueFullError they would not fit
   */
  async admit(appId: number, messages: number): Promise<void> {
    const isFirst = this.nextAt === Number.NEGATIVE_INFINITY;
    if (performance.now() >= this.nextAt) this.measuring ??= this.measure();
    if (isFirst) await this.measuring;
    const added = this.added.get(appId) ?? 0;
    if ((this.depth.get(appId) ?? 0) + added + messages > this.config.queueLimit) throw new QueueFullError();
    this.added.set(appId, added + messages);
  }

  private async measure(): Promise<void> {
    const start = performance.now();
    const before = new Map(this.added);
    try {
      this.depth = await queueDepth(this.database);
      // What came while it was measured may be in it or not: it stays counted.
      for (const [appId, count] of before) this.added.set(appId, (this.added.get(appId) ?? 0) - count);
    } catch (error) {
      this.logger.warn({ err: error }, 'the depth of the queue could not be measured; the last one stands');
    }
    const taken = performance.now() - start;
    this.nextAt = performance.now() + Math.max(PAUSE, taken * PAUSE_FACTOR);
    this.measuring = undefined;
  }
}
