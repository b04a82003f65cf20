import type { StatementRunner } from '../database.js';
import { statement } from '../statement.js';

/** Why a week's messages may not be dropped yet. Counts are 0 or 1. */
export interface Blockers {
  packets: number;
  doubts: number;
  /** Messages of the period that have not ended: holds are open on them, or reports are expected. */
  open: number;
}

/**
 * Whether anything refers to the submissions of a range of ids ($1 to $2), by the tables and, for statuses, by the aggregates of
 * the quarters from $3 to $4, which have been recounted before.
 */
const BLOCKERS = statement<Blockers>(
  'retention_blockers',
  `select
     (select count(*)::int from (select from packet where submission_id >= $1 and submission_id < $2 limit 1) one) as packets,
     (select count(*)::int from (select from doubt where submission_id >= $1 and submission_id < $2 limit 1) one) as doubts,
     (select (coalesce(sum(messages), 0) <> 0)::int from (
        select messages from app join aggregate_bucket on tier = 0 and app_id = any (array[app.id])
          and start >= $3 and start < $4 and status in (0, 1, 2)
        union all
        select messages from aggregate_delta where start >= $3 and start < $4 and status in (0, 1, 2)) counted) as open`,
);

/** Whether a week's messages may be dropped; times in milliseconds. */
export async function findBlockers(
  runner: StatementRunner,
  ids: { readonly from: string; readonly to: string },
  period: { readonly from: number; readonly to: number },
): Promise<Blockers> {
  const [row] = await runner.run(BLOCKERS, [
    ids.from,
    ids.to,
    new Date(period.from).toISOString(),
    new Date(period.to).toISOString(),
  ]);
  return row ?? { packets: 1, doubts: 1, open: 1 };
}

const PARTITIONS = statement<{ name: string; parent: string }>(
  'retention_partitions',
  `select child.relname::text as name, parent.relname::text as parent
   from pg_inherits join pg_class child on child.oid = inhrelid join pg_class parent on parent.oid = inhparent
   where parent.relname = any ($1::text[]) order by child.relname`,
);

/** The partitions of tables, in the order of their names, which is that of time. */
export function partitionsOfTables(
  runner: StatementRunner,
  tables: readonly string[],
): Promise<{ name: string; parent: string }[]> {
  return runner.run(PARTITIONS, [`{${tables.join(',')}}`]);
}
