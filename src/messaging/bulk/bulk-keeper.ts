import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import type { Logger } from 'pino';

import { Clock } from '../../clock/clock.js';
import { Config } from '../../config/config.js';
import { Database } from '../../database/database.js';
import {
  abandonUploads,
  activeBulks,
  clearRows,
  forgetBulkTexts,
  paceBulk,
  recountStretches,
} from '../../database/statements/bulk-progress.js';
import { holdBack } from '../../database/statements/bulk-steer.js';
import { Loop } from '../../loop.js';
import { LOGGER } from '../../runtime.module.js';
import { BulkStatus } from '../domain/bulk-status.js';

/** Milliseconds between two rounds. */
const INTERVAL = 1000;
/** Submissions of up to 2,000 messages that a round counts. */
const STRETCHES = 20;
/** Rows that a round removes. */
const ROWS = 10_000;
/** Rounds between two looks at what is rarely there. */
const SELDOM = 60;
const DAY = 86_400_000;

/**
 * Keeps the books of bulks: how far they are, how fast they go, when they are over; holds back what comes to a paused one; removes
 * what is not needed any more. Nothing hangs on its being on time.
 */
@Injectable()
export class BulkKeeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly loop: Loop;
  private rounds = 0;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly config: Config,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.loop = new Loop({ name: 'keep bulks', round: () => this.round(), idle: INTERVAL, logger });
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.loop.stop();
  }

  private async round(): Promise<boolean> {
    const now = this.clock.now();
    for (const { id, status } of await activeBulks(this.database)) {
      if (status === BulkStatus.paused) await holdBack(this.database, id);
      if (await paceBulk(this.database, id, now)) this.logger.info({ bulkId: id }, 'a bulk is done');
    }
    await recountStretches(this.database, STRETCHES);
    const removed = await clearRows(this.database, ROWS);
    if (this.rounds % SELDOM === 0) await this.tidyUp(now);
    this.rounds += 1;
    return removed === ROWS;
  }

  private async tidyUp(now: number): Promise<void> {
    const abandoned = await abandonUploads(this.database, now);
    if (abandoned > 0) this.logger.warn({ bulks: abandoned }, 'uploads broke off a week ago; their bulks have failed');
    const { textDays } = this.config.retention;
    if (textDays > 0) await forgetBulkTexts(this.database, now - textDays * DAY);
  }
}
