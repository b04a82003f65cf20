import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { Logger } from 'pino';

import { isPassing, isPostgresError } from '../database/database-error.js';
import { Database } from '../database/database.js';
import { Notifications } from '../database/notifications.js';
import { SET_REPORT_ASIDE } from '../database/statements/report-set-aside.js';
import { REPORT_CHANNEL } from '../database/statements/report-store.js';
import { Loop, type LoopOwner, type Next } from '../loop.js';
import { LOGGER } from '../runtime.module.js';
import { APPLY_STRIDE } from './domain/report-schedule.js';
import { ReportApplier } from './report-applier.service.js';

/** Reports a transaction: more would hold locks for longer and gain nothing. */
const BATCH = 1000;
const IDLE = 250;
/** Milliseconds for which a report that PostgreSQL refuses is out of the others' way. */
const ASIDE = 600_000;

/**
 * Applies reports for as long as the worker runs, woken by intake. A batch that PostgreSQL refuses is cut in half until
 * the report at fault is alone; that one is set aside, so that one bad report holds up nobody else.
 */
@Injectable()
export class ReportApplyLoop implements OnApplicationBootstrap, OnModuleDestroy, LoopOwner {
  readonly loop: Loop;
  private limit = BATCH;

  constructor(
    private readonly applier: ReportApplier,
    private readonly database: Database,
    private readonly notifications: Notifications,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.loop = new Loop({
      name: 'apply-reports',
      does: 'Applies delivery reports that were stored.',
      round: () => this.round(),
      idle: IDLE,
      stride: APPLY_STRIDE,
      logger,
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.notifications.listen(REPORT_CHANNEL, () => this.loop.wake());
    this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }

  /** One round, as the loop does it. @returns when the next is due */
  async round(): Promise<Next> {
    const { limit } = this;
    let seen: readonly string[] = [];
    try {
      const taken = await this.applier.apply(limit, (reportIds) => (seen = reportIds));
      this.limit = Math.min(limit * 2, BATCH);
      return taken === limit ? true : taken > 0 && 'soon';
    } catch (error) {
      if (!isPostgresError(error) || isPassing(error) || seen.length === 0) throw error;
      await this.isolate(seen, error);
      return true;
    }
  }

  private async isolate(seen: readonly string[], error: Error): Promise<void> {
    const [reportId] = seen;
    if (seen.length > 1) {
      this.limit = Math.ceil(seen.length / 2);
      return;
    }
    this.logger.error({ err: error, reportId }, 'a report can not be applied; it is set aside');
    await this.database.run(SET_REPORT_ASIDE, [reportId, ASIDE]);
  }
}
