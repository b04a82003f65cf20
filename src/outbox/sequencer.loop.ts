import { type BeforeApplicationShutdown, Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { Logger } from 'pino';

import { Database } from '../database/database.js';
import { isOutboxWaiting, numberOutbox } from '../database/statements/outbox-number.js';
import { Loop, type LoopOwner } from '../loop.js';
import { LOGGER } from '../runtime.module.js';

/**
 * Milliseconds between looks. A look is one index probe; a notification from each change would make all commits queue up behind
 * PostgreSQL's one lock for notifying.
 */
const INTERVAL = 40;
const BATCH = 500;

/** Numbers what was appended to the outbox. Every worker runs it, one of them at a time does it. */
@Injectable()
export class Sequencer implements OnApplicationBootstrap, BeforeApplicationShutdown, LoopOwner {
  readonly loop: Loop;

  constructor(
    private readonly database: Database,
    @Inject(LOGGER) logger: Logger,
  ) {
    this.loop = new Loop({
      name: 'number-events',
      does: 'Gives new events their numbers.',
      round: () => this.round(),
      idle: INTERVAL,
      logger,
    });
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.loop.stop();
  }

  /** One round, as the loop does it. @returns whether there may be more to do */
  async round(): Promise<boolean> {
    if (!(await isOutboxWaiting(this.database))) return false;
    const numbered = await this.database.transaction((transaction) => numberOutbox(transaction, BATCH));
    return numbered === BATCH;
  }
}
