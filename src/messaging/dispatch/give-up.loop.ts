import { Inject, Injectable, type OnApplicationBootstrap, type BeforeApplicationShutdown } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';

import { Clock } from '../../clock/clock.js';
import { Database } from '../../database/database.js';
import { expirePackets } from '../../database/statements/expire-packets.js';
import { giveUp } from '../../database/statements/give-up.js';
import { Loop, type LoopOwner } from '../../loop.js';
import { LOGGER } from '../../runtime.module.js';
import { uuidv7 } from '../../uuid.js';

const INTERVAL = 1_000;
const BATCH = 500;

/**
 * Watches over the packets of all workers: attempts whose deadline passed without an outcome are in doubt; what waits beyond
 * its validity is not sent any more.
 */
@Injectable()
export class GiveUpLoop implements OnApplicationBootstrap, BeforeApplicationShutdown, LoopOwner {
  readonly loop: Loop;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.loop = new Loop({
      name: 'timeouts',
      does: 'Gives up attempts without an outcome by their deadline, and packets that are no longer valid.',
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

  private async round(): Promise<boolean> {
    const lost = await giveUp(this.database, this.clock.now(), BATCH);
    for (const { attempt_id: attemptId, numbers } of lost) {
      this.logger.warn({ attemptId, numbers }, 'an attempt has no outcome by its deadline: its numbers are in doubt');
    }
    const ledgerId = uuidv7(Date.now(), randomBytes(10));
    const expired = await expirePackets(this.database, this.clock.now(), BATCH, ledgerId);
    if (expired.failed > 0) this.logger.info({ messages: expired.failed }, 'no longer valid before they could be sent');
    return lost.length === BATCH || expired.packets === BATCH;
  }
}
