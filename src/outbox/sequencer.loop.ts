import { type BeforeApplicationShutdown, Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { Logger } from 'pino';

import { Database } from '../database/database.js';
import { Notifications } from '../database/notifications.js';
import { PACKET_CHANNEL } from '../database/statements/accept.js';
import { isOutboxWaiting, numberOutbox } from '../database/statements/outbox-number.js';
import { REPORT_CHANNEL } from '../database/statements/report-store.js';
import { Loop, type LoopOwner, type Next } from '../loop.js';
import { LOGGER } from '../runtime.module.js';

/**
 * Milliseconds between looks while there are changes. A look is one index probe; a notification from each change would make all commits
 * queue up behind PostgreSQL's one lock for notifying.
 */
const STRIDE = 100;
/** Milliseconds between looks once that many of them in a row have found nothing, and nobody has said that there is something to do. */
const IDLE = 250;
const LAST_LOOKS = 6;
const BATCH = 500;

/** Numbers what was appended to the outbox. Every worker runs it, one of them at a time does it. */
@Injectable()
export class Sequencer implements OnApplicationBootstrap, BeforeApplicationShutdown, LoopOwner {
  readonly loop: Loop;
  /** Looks in a row that have found nothing. */
  private quiet = 0;

  constructor(
    private readonly database: Database,
    private readonly notifications: Notifications,
    @Inject(LOGGER) logger: Logger,
  ) {
    this.loop = new Loop({
      name: 'number-events',
      does: 'Gives new events their numbers.',
      round: () => this.round(),
      idle: IDLE,
      stride: STRIDE,
      logger,
    });
  }

  /** Packets and reports that come are calls to look as well: changes of status follow them. */
  async onApplicationBootstrap(): Promise<void> {
    await this.notifications.listen(PACKET_CHANNEL, () => this.wake());
    await this.notifications.listen(REPORT_CHANNEL, () => this.wake());
    this.loop.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.loop.stop();
  }

  /** One round, as the loop does it. @returns true: there may be more to do; 'soon': there may be within moments */
  async round(): Promise<Next> {
    this.quiet += 1;
    if (await isOutboxWaiting(this.database)) {
      this.quiet = 0;
      const numbered = await this.database.transaction((transaction) => numberOutbox(transaction, BATCH));
      if (numbered === BATCH) return true;
    }
    return this.quiet < LAST_LOOKS && 'soon';
  }

  private wake(): void {
    this.quiet = 0;
    this.loop.wake();
  }
}
