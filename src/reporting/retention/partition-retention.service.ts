import { Inject, Injectable } from '@nestjs/common';
import type { Client } from 'pg';
import type { Logger } from 'pino';

import { Clock } from '../../clock/clock.js';
import { Config } from '../../config/config.js';
import { Database } from '../../database/database.js';
import { underStartupLock } from '../../database/migrate.js';
import {
  findMoneyDrift,
  noteRecountProgress,
  readRecountProgress,
} from '../../database/statements/aggregate-recount.js';
import { findBlockers, partitionsOfTables } from '../../database/statements/retention-partitions.js';
import { LOGGER } from '../../runtime.module.js';
import { lowestUuidv7 } from '../../uuid.js';
import { AggregateRecount } from '../aggregate-recount.service.js';
import { isWithin, oldWeeks, type PartitionWeek, statementMonths } from '../domain/partition-weeks.js';
import { SEALED } from '../domain/recount-plan.js';
import { ReconciledMonths } from './reconciled-months.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Tables of which a week goes with its messages. Ledger and aggregates stay. */
const TABLES = ['submission', 'message', 'attempt', 'report', 'sms_uid'];

/** What a run dropped, and why it went no further, where it could have. */
export interface Dropped {
  readonly partitions: readonly string[];
  readonly kept: string | undefined;
}

/**
 * Drops the messages of weeks long past, oldest first: once nothing refers to them, their months are reconciled, and their
 * totals are sealed: recounted and compared with the ledger while they are still there.
 */
@Injectable()
export class PartitionRetention {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly config: Config,
    private readonly recount: AggregateRecount,
    private readonly months: ReconciledMonths,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** @param realNow the real clock, which names partitions; milliseconds */
  async run(realNow = Date.now()): Promise<Dropped> {
    const { partitionDays } = this.config.retention;
    if (partitionDays === 0) return { partitions: [], kept: undefined };
    const all = await partitionsOfTables(this.database, TABLES);
    const weekly = all.filter(({ parent }) => parent === 'message').map(({ name }) => name);
    const dropped: string[] = [];
    for (const week of oldWeeks(weekly, realNow - partitionDays * DAY)) {
      const kept = await this.whyKept(week);
      if (kept !== undefined) {
        this.logger.warn({ week: new Date(week.from).toISOString(), kept }, 'a week of messages is kept for longer');
        return { partitions: dropped, kept };
      }
      const names = all.filter(({ name }) => isWithin(name, week)).map(({ name }) => name);
      await this.drop(names, week);
      dropped.push(...names);
    }
    return { partitions: dropped, kept: undefined };
  }

  private async whyKept(week: PartitionWeek): Promise<string | undefined> {
    for (const month of statementMonths(week))
      if (!(await this.months.isReconciled(month))) return `${month} is not reconciled`;
    const sealed = await this.seal(week);
    if ((await findMoneyDrift(this.database)).length > 0)
      return 'the cost of the messages is not what the ledger spent';
    const ids = { from: lowestUuidv7(week.from), to: lowestUuidv7(week.to) };
    const { packets, doubts, open } = await findBlockers(this.database, ids, { from: week.from, to: sealed });
    if (packets > 0) return 'a packet refers to it';
    if (doubts > 0) return 'a doubt refers to it';
    if (open > 0) return 'a message of it has not ended';
    await noteRecountProgress(this.database, SEALED, sealed);
    return undefined;
  }

  /**
   * Recounts all that a week's messages count in: up to an hour after it, and as far as a sandbox's clock is ahead of the ids. What
   * is behind the seal is recounted no more, so the next week begins there.
   */
  private async seal(week: PartitionWeek): Promise<number> {
    const ahead = Math.max(0, this.clock.now() - Date.now());
    const until = Math.ceil((week.to + ahead + HOUR) / HOUR) * HOUR;
    const progress = await readRecountProgress(this.database);
    const from = Math.max(week.from, progress.get(SEALED) ?? 0);
    await this.recount.recount({ from, to: until });
    await this.recount.align(Math.floor(from / DAY) * DAY, Math.ceil(until / DAY) * DAY);
    return until;
  }

  private async drop(names: readonly string[], week: PartitionWeek): Promise<void> {
    const ids = [lowestUuidv7(week.from), lowestUuidv7(week.to)];
    await underStartupLock(this.database.options.url, async (client: Client) => {
      // A drop locks the whole table for a moment: traffic must not queue up behind us for longer.
      await client.query(`set lock_timeout = '2s'`);
      for (const name of names) await client.query(`drop table ${client.escapeIdentifier(name)}`);
      for (const table of ['acceptance', 'retention_rest'])
        await client.query(`delete from ${table} where submission_id >= $1 and submission_id < $2`, ids);
    });
  }
}
