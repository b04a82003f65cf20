import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';

import { Database } from '../database/database.js';
import { reopenRoutes, stopRoutes } from '../database/statements/route-breaker.js';
import { LOGGER } from '../runtime.module.js';
import { SmsState, smsStateRow } from '../uip/domain/sms-state.js';
import { lowestUuidv7 } from '../uuid.js';
import type { ReportedMessage } from './domain/report-batch.js';
import { Rejections, type RouteReport } from './domain/rejections.js';

/** Stops routes by which the platform accepts what it then rejects, and opens them when a probe has got through. */
@Injectable()
export class RouteWatch {
  private readonly rejections = new Rejections();

  constructor(
    private readonly database: Database,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Looks at reports that have been applied. What it can't store now, the next batch brings again. */
  async note(messages: readonly ReportedMessage[]): Promise<void> {
    const { stop, served } = this.rejections.note(messages.flatMap(routeReports));
    try {
      if (stop.length > 0) await this.stop(stop);
      const open = served.filter(({ routeId }) => !stop.includes(routeId));
      if (open.length === 0) return;
      for (const routeId of await reopenRoutes(this.database, open)) {
        this.rejections.forget(routeId);
        this.logger.warn({ routeId }, 'a probe has got through: the route is open again');
      }
    } catch (error) {
      this.logger.error({ err: error }, 'the state of a route could not be stored');
    }
  }

  private async stop(routeIds: readonly number[]): Promise<void> {
    for (const { id: routeId, is_new: isNew } of await stopRoutes(
      this.database,
      routeIds,
      lowestUuidv7(Date.now() + 1),
    )) {
      const facts = { routeId, reason: 'LOCAL_REJECTED' };
      if (isNew)
        this.logger.error(facts, 'ROUTE STOPPED: most of its last reports are rejections by the platform itself');
      else this.logger.warn(facts, 'the route stays stopped: its reports are still rejections');
    }
  }
}

function routeReports({ message, reports }: ReportedMessage): RouteReport[] {
  return reports
    .filter(({ report }) => smsStateRow(report.smsState).final)
    .map(({ report, location }) => ({
      routeId: message.routeId,
      attemptId: location.attemptId,
      rejected: report.smsState === SmsState.LOCAL_REJECTED,
    }));
}
