import type { ClientBase } from 'pg';

import { lowestUuidv7 } from '../uuid.js';

/** How a growing table is cut: by UUIDv7 into weeks, or by a timestamp into days or weeks. */
export interface PartitionedTable {
  readonly name: string;
  readonly by: 'week-of-uuid' | 'week' | 'day';
  /** Free space kept on each page for updates in place, in percent filled. */
  readonly fillfactor?: number;
}

const DAY = 86_400_000;
const WEEK = 7 * DAY;
/** A Monday: weeks start here. */
const FIRST_MONDAY = Date.UTC(1970, 0, 5);
/** Partitions are made this far ahead, so that a missed job is noticed long before an insert fails. */
const AHEAD = 4 * WEEK;

export interface Partition {
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

const compactDate = (time: number): string => new Date(time).toISOString().slice(0, 10).replaceAll('-', '');

/** The partitions that a table must have at `now` (milliseconds): the current one, the one before, and four weeks ahead. */
export function neededPartitions(table: PartitionedTable, now: number): Partition[] {
  const [span, origin] = table.by === 'day' ? [DAY, 0] : [WEEK, FIRST_MONDAY];
  const first = Math.floor((now - origin) / span) - 1;
  const last = Math.floor((now + AHEAD - origin) / span);
  const bound = (time: number) => (table.by === 'week-of-uuid' ? lowestUuidv7(time) : new Date(time).toISOString());
  return Array.from({ length: last - first + 1 }, (_, index) => {
    const from = origin + (first + index) * span;
    return { name: `${table.name}_${compactDate(from)}`, from: bound(from), to: bound(from + span) };
  });
}

/** Makes the partitions that are missing; idempotent. The caller holds the lock that keeps others from doing the same. */
export async function makePartitions(
  client: ClientBase,
  tables: readonly PartitionedTable[],
  now: number,
): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    'select child.relname as name from pg_inherits join pg_class child on child.oid = inhrelid join pg_class parent on parent.oid = inhparent where parent.relname = any($1)',
    [tables.map(({ name }) => name)],
  );
  const existing = new Set(rows.map(({ name }) => name));
  const made: string[] = [];
  for (const table of tables) {
    for (const { name, from, to } of neededPartitions(table, now)) {
      if (existing.has(name)) continue;
      const storage = table.fillfactor === undefined ? '' : ` with (fillfactor = ${table.fillfactor})`;
      await client.query(
        `create table ${name} partition of ${table.name} for values from ('${from}') to ('${to}')${storage}`,
      );
      made.push(name);
    }
  }
  return made;
}
