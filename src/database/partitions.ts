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

/**
 * Of a table's partitions, those that hold nothing younger than `before`, oldest first; those that `neededPartitions` would make
 * again are left out.
 *
 * @param names of its partitions
 * @param before milliseconds
 */
export function expiredPartitions(
  table: PartitionedTable,
  names: readonly string[],
  before: number,
  now: number,
): string[] {
  const span = table.by === 'day' ? DAY : WEEK;
  const needed = new Set(neededPartitions(table, now).map(({ name }) => name));
  return names.filter((name) => !needed.has(name) && startOf(table, name) + span <= before).toSorted(byText);
}

const byText = (one: string, other: string): number => (one < other ? -1 : Number(one > other));

/** Start of a partition, which its name says; what is named otherwise is not ours to judge. */
function startOf(table: PartitionedTable, name: string): number {
  const [, year, month, day] = /^(\d{4})(\d\d)(\d\d)$/.exec(name.slice(table.name.length + 1)) ?? [];
  return year === undefined ? Infinity : Date.UTC(Number(year), Number(month) - 1, Number(day));
}
