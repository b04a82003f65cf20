import { Inject, Injectable, type OnApplicationBootstrap, type BeforeApplicationShutdown } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';

import { Clock } from '../clock/clock.js';
import { Database } from '../database/database.js';
import { receivingSince } from '../database/statements/heartbeat.js';
import { endDoubts, endSubmitted } from '../database/statements/settle-silence.js';
import { Loop, type LoopOwner } from '../loop.js';
import { LOGGER } from '../runtime.module.js';
import { lowestUuidv7, uuidv7 } from '../uuid.js';

const HOUR = 3_600_000;
/** Reports come within 25 hours and are pushed for as long as we can take them. */
const RECEIVING = 26;
/** Reports that we could not take are pushed for 24 hours more. */
const NOT_RECEIVING = 50;
const INTERVAL = 5_000;
const DOUBTS = 1_000;
const ATTEMPTS = 200;
const NO_ATTEMPT = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
const EVERY_ATTEMPT = '00000000-0000-0000-0000-000000000000';

/**
 * Lets silence settle what no report has (design.md 3 rule 7): doubts become `failed`, `unconfirmed`; messages that were
 * accepted become `unknown`. After 26 hours where heartbeats show that reports could be received all the while and none was
 * refused, after 50 otherwise.
 */
@Injectable()
export class SilenceLoop implements OnApplicationBootstrap, BeforeApplicationShutdown, LoopOwner {
  readonly loop: Loop;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.loop = new Loop({
      name: 'doubts',
      does: 'Ends doubts, and messages without a report, that silence has settled.',
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
    const since = await receivingSince(this.database);
    const coveredFrom = since === undefined ? NO_ATTEMPT : lowestUuidv7(Math.ceil(since));
    const now = this.clock.now();
    const early = now - RECEIVING * HOUR;
    const late = now - NOT_RECEIVING * HOUR;
    const ledgerId = uuidv7(Date.now(), randomBytes(10));
    const ended = await endDoubts(this.database, { now, before: early, always: late }, coveredFrom, ledgerId, DOUBTS);
    const walked = await endSubmitted(this.database, RECEIVING, { now, before: early }, coveredFrom, ATTEMPTS);
    const again = await endSubmitted(this.database, NOT_RECEIVING, { now, before: late }, EVERY_ATTEMPT, ATTEMPTS);
    this.tell(ended.failed, walked.unknown + again.unknown);
    return ended.doubts === DOUBTS || walked.attempts === ATTEMPTS || again.attempts === ATTEMPTS;
  }

  private tell(unconfirmed: number, unknown: number): void {
    if (unconfirmed > 0) this.logger.warn({ messages: unconfirmed }, 'silence has settled doubts: failed, unconfirmed');
    if (unknown > 0) this.logger.warn({ messages: unknown }, 'no report has come: unknown');
  }
}
