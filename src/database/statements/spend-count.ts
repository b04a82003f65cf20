import type { Database } from '../database.js';
import { plainArray, statement, textArray } from '../statement.js';
import { repairUncounted } from './spend-keep.js';

/** Counting a period whose cap came in the middle of it (docs/decisions/0062-spend-caps.md). */

/** `since` is the transaction that made them. */
const FIND_UNCOUNTED = statement<{ app_id: number; since: string }>(
  'spend_find_uncounted',
  `select distinct app_id, since::text as since from spend_use
   where not counted and ($1::integer is null or app_id = $1) order by app_id`,
);

/**
 * Transactions that reserve or write to the ledger: a statement has the locks of its tables before it has its snapshot, so who
 * has none of these knows, or will know, every cap that is committed. Only those of this database: a long transaction of
 * another one, and a dump, hold up no cap.
 */
const FIND_WRITERS = statement<{ writers: string[] }>(
  'spend_find_writers',
  `select array(select distinct virtualtransaction from pg_locks
     where locktype = 'relation' and database = (select oid from pg_database where datname = current_database())
       and relation = any (array['spend_use', 'ledger_entry']::regclass[]) and mode = 'RowExclusiveLock' and granted
       and pid <> pg_backend_pid()) as writers`,
);

const MARK_COUNTED = statement<object>(
  'spend_mark_counted',
  `update spend_use u set counted = true
   from unnest($1::integer[], $2::text[]) as found (app_id, since)
   where u.app_id = any (array[found.app_id]) and not u.counted and u.since = found.since::xid8`,
);

/** Periods that were made while others may not have known of them, and who those were. Until they are counted they refuse nothing. */
export interface UncountedSpend {
  readonly periods: readonly { readonly app_id: number; readonly since: string }[];
  /** Virtual transactions of PostgreSQL. */
  readonly writers: readonly string[];
}

/** @param appId undefined: of all apps. @returns undefined: all is counted */
export async function findUncounted(database: Database, appId?: number): Promise<UncountedSpend | undefined> {
  const periods = await database.run(FIND_UNCOUNTED, [appId ?? null]);
  if (periods.length === 0) return undefined;
  // After the periods, and so after their caps, could be seen.
  return { periods, writers: await findWriters(database) };
}

/** Counts them, if none of those who may not have known of them is under way any more. @returns whether they are counted */
export async function countSpend(database: Database, { periods, writers }: UncountedSpend): Promise<boolean> {
  if (writers.length > 0) {
    const underWay = new Set(await findWriters(database));
    if (writers.some((writer) => underWay.has(writer))) return false;
  }
  for (const appId of new Set(periods.map((period) => period.app_id))) await repairUncounted(database, appId);
  await database.run(MARK_COUNTED, [
    plainArray(periods.map((period) => period.app_id)),
    textArray(periods.map(({ since }) => since)),
  ]);
  return true;
}

async function findWriters(database: Database): Promise<string[]> {
  const [{ writers }] = await database.run(FIND_WRITERS, []);
  return writers;
}
