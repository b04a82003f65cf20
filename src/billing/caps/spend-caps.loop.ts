import { type BeforeApplicationShutdown, Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { Logger } from 'pino';

import { Clock } from '../../clock/clock.js';
import { Database } from '../../database/database.js';
import { countSpend, findUncounted, type UncountedSpend } from '../../database/statements/spend-count.js';
import { mergeSpend } from '../../database/statements/spend-keep.js';
import { warnOfSpend } from '../../database/statements/spend-warn.js';
import { Loop, type LoopOwner } from '../../loop.js';
import { LOGGER } from '../../runtime.module.js';

/** Milliseconds within which what the ledger gives back can be spent again, and within which a threshold is told. */
const INTERVAL = 1000;

/** Keeps the use of the spend caps up with the ledger, and tells of thresholds. Every worker may do it, also at the same time. */
@Injectable()
export class SpendCapsLoop implements OnApplicationBootstrap, BeforeApplicationShutdown, LoopOwner {
  readonly loop: Loop;
  /** Seen in an earlier round, and to be counted as soon as those who may not have known of it are done. */
  private uncounted: UncountedSpend | undefined;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    @Inject(LOGGER) logger: Logger,
  ) {
    this.loop = new Loop({
      name: 'merge-spend',
      does: 'Gives room under spend caps back, and tells of thresholds that were reached.',
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
    const more = await mergeSpend(this.database);
    await this.count();
    await warnOfSpend(this.database, this.clock.now());
    return more;
  }

  private async count(): Promise<void> {
    this.uncounted ??= await findUncounted(this.database);
    if (this.uncounted !== undefined && (await countSpend(this.database, this.uncounted))) this.uncounted = undefined;
  }
}
