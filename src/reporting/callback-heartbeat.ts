import { type BeforeApplicationShutdown, Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';

import { Database } from '../database/database.js';
import { beat } from '../database/statements/heartbeat.js';
import { Loop } from '../loop.js';
import { LOGGER } from '../runtime.module.js';
import { uuidv7 } from '../uuid.js';

const INTERVAL = 60_000;

/**
 * One test insert a minute, and how many reports were turned away meanwhile: what silence is judged by (design.md 3 rule 7).
 * While the database is away there is no heartbeat, which says the same.
 */
@Injectable()
export class CallbackHeartbeat implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly processId = uuidv7(Date.now(), randomBytes(10));
  private readonly loop: Loop;
  private refused = 0;

  constructor(
    private readonly database: Database,
    @Inject(LOGGER) logger: Logger,
  ) {
    this.loop = new Loop({ name: 'callback heartbeat', round: () => this.round(), idle: INTERVAL, logger });
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.loop.stop();
    if (this.refused > 0) await this.round().catch(() => undefined);
  }

  /** A report is not answered with 1. */
  onRefused(): void {
    this.refused += 1;
  }

  private async round(): Promise<boolean> {
    const { refused } = this;
    await beat(this.database, this.processId, refused);
    this.refused -= refused;
    return false;
  }
}
