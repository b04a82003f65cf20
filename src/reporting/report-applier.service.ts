import { Inject, Injectable, Optional } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';

import { Clock } from '../clock/clock.js';
import { Database } from '../database/database.js';
import {
  APPLY_REPORTS,
  applyReportsParameters,
  type LedgerLine,
  type ReportChanges,
} from '../database/statements/report-apply.js';
import { TAKE_REPORTS, type TakenReport } from '../database/statements/report-take.js';
import { LOGGER } from '../runtime.module.js';
import { UUID_RANDOM_BYTES, uuidv7 } from '../uuid.js';
import { applyBatch, type BatchOutcome, type LedgerMove } from './domain/report-batch.js';
import { isPastJoining, pauseAfter } from './domain/report-schedule.js';
import { ReportLocator } from './report-locator.service.js';
import { RouteWatch } from './route-watch.js';

/** Applies stored reports to their messages: status, money, doubts, alarms, in batches (design.md 3 rule 8). */
@Injectable()
export class ReportApplier {
  constructor(
    private readonly database: Database,
    private readonly locator: ReportLocator,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
    @Optional() private readonly routes?: RouteWatch,
  ) {}

  /**
   * Applies up to `limit` reports that are due, in one transaction. Reports that another process works on are passed by.
   *
   * @param seen told of the reports before they are worked on, so that the caller knows which ones a failure was about
   * @returns how many reports it took
   */
  async apply(limit: number, seen: (reportIds: readonly string[]) => void = () => undefined): Promise<number> {
    const now = this.clock.now();
    const { taken, outcome, messages } = await this.database.transaction(async (transaction) => {
      const taken = await transaction.run(TAKE_REPORTS, [limit]);
      if (taken.length === 0) return { taken, outcome: undefined, messages: [] };
      seen(taken.map(({ id }) => id));
      const { messages, unknown } = await this.locator.locate(transaction, taken);
      const outcome = applyBatch(messages);
      await transaction.run(APPLY_REPORTS, applyReportsParameters(changesOf(now, taken, unknown, outcome)));
      return { taken, outcome, messages };
    });
    for (const { reportId, cause } of outcome?.alarms ?? [])
      this.logger.warn({ reportId, cause }, 'a report does not belong to the message that it names: it is not applied');
    await this.routes?.note(messages);
    return taken.length;
  }
}

function changesOf(
  now: number,
  taken: readonly TakenReport[],
  unknown: readonly TakenReport[],
  outcome: BatchOutcome,
): ReportChanges {
  const waiting = unknown.filter((report) => !isPastJoining(report.received_at, now));
  const kept = new Set(waiting.map(({ id }) => id));
  return {
    now,
    ...outcome,
    ledger: withIds(outcome.ledger),
    done: taken.filter(({ id }) => !kept.has(id)).map(({ id }) => id),
    retries: waiting.map(({ id, tries }) => ({ reportId: id, pause: pauseAfter(tries) })),
  };
}

function withIds(moves: readonly LedgerMove[]): LedgerLine[] {
  const random = randomBytes(moves.length * UUID_RANDOM_BYTES);
  const realTime = Date.now();
  return moves.map((move, index) => ({ ...move, id: uuidv7(realTime, random, index * UUID_RANDOM_BYTES) }));
}
