import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';

import { Clock } from '../clock/clock.js';
import { Database } from '../database/database.js';
import {
  alignTiers,
  findMoneyDrift,
  firstBucket,
  noteRecountProgress,
  readRecountProgress,
  recountAggregates,
} from '../database/statements/aggregate-recount.js';
import { idRange } from '../messaging/domain/message-filter.js';
import { observeDrift } from '../observability/aggregate-metrics.js';
import { LOGGER } from '../runtime.module.js';
import {
  RECOUNT_STAGES,
  type RecountStage,
  SEALED,
  stageWalk,
  stepsOf,
  TIERS,
  type Walk,
} from './domain/recount-plan.js';

/** Quarters of an hour that one run looks at, at most, for each stage: three weeks. */
const LIMIT = 2000;
const QUARTER = 900_000;
const DAY = 96 * QUARTER;
/** Messages of a statement: below the one it may cover more time, above the other less. */
const FEW = 50_000;
const MANY = 400_000;

function nextStep(step: number, messages: number): number {
  if (messages < FEW) return Math.min(step * 2, DAY);
  return messages > MANY ? Math.max(QUARTER, Math.floor(step / 2 / QUARTER) * QUARTER) : step;
}

/** What a run found. */
export interface RecountReport {
  readonly messages: number;
  /** Rows of quarters of an hour that were wrong, repaired. */
  readonly quarters: number;
  /** Rows of hours and days that were not the sum of their quarters, repaired. */
  readonly tiers: number;
  /** Accounts whose cost is not what the ledger has spent; not repaired, since neither is known to be right. */
  readonly money: number;
}

/** Recounts the aggregates from messages and ledger; repairs and reports what is wrong. */
@Injectable()
export class AggregateRecount {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Goes on where each stage has stopped. */
  async goOn(): Promise<RecountReport> {
    const found = { messages: 0, quarters: 0, tiers: 0, money: await this.compareMoney() };
    const first = await firstBucket(this.database);
    if (first === undefined) return found;
    const progress = await readRecountProgress(this.database);
    const walkOf = (stage: RecountStage | typeof TIERS): Walk =>
      stageWalk(stage, { known: progress.get(stage), first, sealed: progress.get(SEALED) }, this.clock.now(), LIMIT);
    for (const stage of Object.keys(RECOUNT_STAGES) as RecountStage[]) {
      const { messages, drifted } = await this.recount(walkOf(stage), stage);
      found.messages += messages;
      found.quarters += drifted;
    }
    for (const day of stepsOf(walkOf(TIERS))) {
      found.tiers += await this.align(day.from, day.to);
      await noteRecountProgress(this.database, TIERS, day.to);
    }
    return found;
  }

  /**
   * Recounts whole quarters of an hour, whatever has been recounted before: as many at once as have a bearable number of messages.
   * @param stage noted as having come so far
   */
  async recount(
    period: { readonly from: number; readonly to: number },
    stage?: string,
  ): Promise<{ messages: number; drifted: number }> {
    const total = { messages: 0, drifted: 0 };
    const ahead = this.clock.now() - Date.now();
    let step = QUARTER;
    for (let { from } = period; from < period.to;) {
      const to = Math.min(from + step, period.to);
      const { messages, drifted } = await this.recountStep({ from, to }, ahead);
      total.messages += messages;
      total.drifted += drifted;
      if (stage !== undefined) await noteRecountProgress(this.database, stage, to);
      step = nextStep(step, messages);
      from = to;
    }
    return total;
  }

  private async recountStep(period: { readonly from: number; readonly to: number }, ahead: number) {
    const { lowest, highest } = idRange(period, ahead);
    const result = await recountAggregates(this.database, { ...period, lowestId: lowest, highestId: highest });
    if (result.drifted > 0) {
      const { drifted: rows, misplaced: messages } = result;
      observeDrift('quarters', rows);
      const [from, to] = [new Date(period.from).toISOString(), new Date(period.to).toISOString()];
      this.logger.error({ from, to, rows, messages }, 'aggregates were wrong; they are repaired');
    }
    return result;
  }

  /** Makes the hours and days of whole UTC days the sums of their quarters again. @returns how many rows were wrong */
  async align(from: number, to: number): Promise<number> {
    const drifted = await alignTiers(this.database, from, to);
    if (drifted > 0) {
      observeDrift('tiers', drifted);
      const day = new Date(from).toISOString();
      this.logger.error({ day, rows: drifted }, 'hours or days were not the sum of their quarters; they are repaired');
    }
    return drifted;
  }

  private async compareMoney(): Promise<number> {
    const drift = await findMoneyDrift(this.database);
    for (const { app_id: appId, currency, aggregated, spent } of drift)
      this.logger.error(
        { appId, currency, aggregated, spent },
        'the cost of the messages is not what the ledger spent',
      );
    if (drift.length > 0) observeDrift('money', drift.length);
    return drift.length;
  }
}
