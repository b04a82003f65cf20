import { Inject, Injectable } from '@nestjs/common';
import type { Client } from 'pg';
import type { Logger } from 'pino';

import { Config } from '../../config/config.js';
import { Database } from '../../database/database.js';
import { underStartupLock } from '../../database/migrate.js';
import { expiredPartitions, type PartitionedTable } from '../../database/partitions.js';
import { hourly } from '../../jobs/domain/schedule.js';
import { ScheduledJob } from '../../jobs/scheduled-job.js';
import { LOGGER } from '../../runtime.module.js';

/** A table of events, and what keeps one of its partitions although its time is over. */
interface EventTable extends PartitionedTable {
  readonly keptBy: string | undefined;
}

const TABLES: readonly EventTable[] = [
  { name: 'outbox', by: 'week', keptBy: 'last_sequence is null' },
  { name: 'webhook_delivery', by: 'week-of-uuid', keptBy: 'due_at is not null' },
  { name: 'webhook_attempt', by: 'week-of-uuid', keptBy: undefined },
];

/** Drops events and deliveries that are older than their retention, a week at a time. */
@Injectable()
export class EventRetentionJob extends ScheduledJob {
  readonly name = 'event-retention';
  readonly schedule = hourly(30);
  readonly does = 'Drops events and webhook deliveries that are older than EVENT_RETENTION.';

  constructor(
    private readonly database: Database,
    private readonly config: Config,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    super();
  }

  async run(): Promise<string> {
    const dropped = await this.drop(Date.now());
    return dropped.length === 0 ? 'nothing to do' : `dropped ${dropped.join(', ')}`;
  }

  /** Drops what is over at `now`, real time in milliseconds. @returns the partitions that are gone */
  drop(now: number): Promise<string[]> {
    return underStartupLock(this.database.options.url, async (client) => {
      // A partition's end locks its table for a moment: traffic must not queue up behind us for longer.
      await client.query(`set lock_timeout = '2s'`);
      const dropped: string[] = [];
      for (const table of TABLES) {
        const names = await partitionsOf(client, table.name);
        for (const name of expiredPartitions(table, names, now - this.config.eventRetention, now)) {
          if (await dropPartition(client, table, name)) dropped.push(name);
          else this.logger.warn({ partition: name }, 'a partition is kept beyond its time: it holds what is not done');
        }
      }
      return dropped;
    });
  }
}

async function partitionsOf(client: Client, table: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    'select child.relname as name from pg_inherits join pg_class child on child.oid = inhrelid where inhparent = $1::regclass',
    [table],
  );
  return rows.map(({ name }) => name);
}

/** Remembers how far an app's events are gone, and drops them, in one transaction. */
async function dropPartition(client: Client, { name: table, keptBy }: EventTable, name: string): Promise<boolean> {
  await client.query('begin');
  try {
    const kept = keptBy === undefined ? [] : (await client.query(`select from ${name} where ${keptBy} limit 1`)).rows;
    if (kept.length === 0) {
      if (table === 'outbox') {
        await client.query(
          `update event_sequence s set dropped = greatest(s.dropped, gone.last)
           from (select app_id, max(last_sequence) as last from ${name} group by app_id order by app_id) gone
           where s.app_id = gone.app_id`,
        );
      }
      await client.query(`drop table ${name}`);
    }
    await client.query('commit');
    return kept.length === 0;
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}
