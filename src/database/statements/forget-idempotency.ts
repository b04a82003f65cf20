import type { StatementRunner } from '../database.js';
import { statement } from '../statement.js';

/** Rows of one statement at the most: none may run for long. */
const BATCH = 5000;

const forget = (table: 'idempotency' | 'idempotent_answer') =>
  statement<{ deleted: number }>(
    `forget_${table}`,
    `with old as materialized (
       select app_id, key from ${table} where created_at < now() - interval '24 hours'
       order by created_at limit $1 for update skip locked
     ), gone as (
       delete from ${table} t using old where t.app_id = old.app_id and t.key = old.key returning 1
     )
     select count(*)::int as deleted from gone`,
  );

const STATEMENTS = [forget('idempotency'), forget('idempotent_answer')];

/** Forgets Idempotency-Keys that are older than 24 hours, some thousands at a time. Returns how many. */
export async function forgetIdempotency(runner: StatementRunner): Promise<number> {
  let total = 0;
  for (const one of STATEMENTS) {
    let deleted = BATCH;
    while (deleted === BATCH) {
      const [row] = await runner.run(one, [BATCH]);
      deleted = row?.deleted ?? 0;
      total += deleted;
    }
  }
  return total;
}
