import { Inject, Injectable, type OnApplicationBootstrap, type BeforeApplicationShutdown } from '@nestjs/common';
import type { Logger } from 'pino';

import { Clock } from '../../clock/clock.js';
import { Database } from '../../database/database.js';
import { giveUp } from '../../database/statements/give-up.js';
import { Loop } from '../../loop.js';
import { LOGGER } from '../../runtime.module.js';

const INTERVAL = 1_000;
const BATCH = 500;

/** Watches over the attempts of all workers: those whose deadline passed without an outcome are in doubt. */
@Injectable()
export class GiveUpLoop implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly loop: Loop;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.loop = new Loop({ name: 'give up', round: () => this.round(), idle: INTERVAL, logger });
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
    return lost.length === BATCH;
  }
}
