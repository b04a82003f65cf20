import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { Logger } from 'pino';

import { Database } from '../../database/database.js';
import { rollUpLedger } from '../../database/statements/ledger-rollup.js';
import { Loop, type LoopOwner } from '../../loop.js';
import { LOGGER } from '../../runtime.module.js';

/** Entries a statement. */
const BATCH = 2000;
const IDLE = 1000;

/**
 * Rolls new entries of the ledger up into usage and open statements, for as long as the worker runs. Queries read both, so nothing
 * depends on when it comes by but how much they read.
 */
@Injectable()
export class LedgerRollupLoop implements OnApplicationBootstrap, OnModuleDestroy, LoopOwner {
  readonly loop: Loop;

  constructor(
    private readonly database: Database,
    @Inject(LOGGER) logger: Logger,
  ) {
    this.loop = new Loop({
      name: 'roll-up-ledger',
      does: 'Rolls new entries of the ledger up into usage and open statements.',
      round: () => this.round(),
      idle: IDLE,
      logger,
    });
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }

  /** One round, as the loop does it. @returns whether there may be more to do */
  async round(): Promise<boolean> {
    return (await rollUpLedger(this.database, BATCH)) === BATCH;
  }
}
