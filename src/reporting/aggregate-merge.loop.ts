import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { Logger } from 'pino';

import { Database } from '../database/database.js';
import { mergeAggregates } from '../database/statements/aggregate-merge.js';
import { Loop, type LoopOwner } from '../loop.js';
import { LOGGER } from '../runtime.module.js';

/** Deltas a statement: some 50 ms of PostgreSQL's time. */
const BATCH = 5000;
const IDLE = 1000;

/**
 * Merges what statements appended to the aggregates into their buckets, for as long as the worker runs. Queries read both, so
 * nothing depends on when it comes by but how much they read.
 */
@Injectable()
export class AggregateMergeLoop implements OnApplicationBootstrap, OnModuleDestroy, LoopOwner {
  readonly loop: Loop;

  constructor(
    private readonly database: Database,
    @Inject(LOGGER) logger: Logger,
  ) {
    this.loop = new Loop({
      name: 'merge-aggregates',
      does: 'Merges new counts into the aggregates.',
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
    return (await mergeAggregates(this.database, BATCH)) === BATCH;
  }
}
