import type { Database, StatementRunner } from '../database.js';
import { statement } from '../statement.js';
import { endOf, periodOf, startOf } from './spend-reserve.js';
import { beUnhurried, takeTurn } from './turn.js';

/** Keeping `spend_use` what the ledger says (docs/decisions/0062-spend-caps.md). */

const IS_PENDING = statement<{ pending: boolean }>(
  'spend_is_pending',
  'select exists (select from spend_delta) as pending',
);

const MERGE = statement<{ merged: number }>(
  'spend_merge',
  `with taken as (
     delete from spend_delta using (select id from spend_delta order by id limit $1 for update skip locked) oldest
     where spend_delta.id = oldest.id
     returning spend_delta.*
   ), folded as materialized (
     select t.app_id, t.currency, c.period, ${periodOf('t.at')} as starts_on, sum(t.amount) as amount
     from taken t join spend_cap c on c.app_id = t.app_id and c.currency = t.currency
       and (t.period is null or t.period = c.period)
     group by t.app_id, t.currency, c.period, ${periodOf('t.at')}
   ), locked as materialized (
     select u.app_id, u.currency, u.period, u.starts_on, f.amount
     from folded f join spend_use u on u.app_id = f.app_id and u.currency = f.currency and u.period = f.period
       and u.starts_on = f.starts_on
     where u.app_id = any (array(select app_id from folded))
     order by u.app_id, u.currency, u.period, u.starts_on for update of u
   ), moved as (
     update spend_use u set used = u.used + l.amount
     from locked l
     where u.app_id = any (array[l.app_id]) and u.currency = l.currency and u.period = l.period and u.starts_on = l.starts_on
   )
   select count(*)::int as merged from taken`,
);

const BATCH = 5000;

/** Adds what the ledger gave back, or charged late, to the use of the caps. @returns whether there may be more */
export async function mergeSpend(runner: StatementRunner): Promise<boolean> {
  const [{ pending }] = await runner.run(IS_PENDING, []);
  if (!pending) return false;
  const [{ merged }] = await runner.run(MERGE, [BATCH]);
  return merged === BATCH;
}

/** A row of `spend_use` and what the ledger says of it. Amounts are decimal texts. */
export interface SpendCheck {
  readonly app_id: number;
  readonly currency: string;
  readonly period: 'day' | 'month';
  readonly starts_on: string;
  /** With what is not merged yet. */
  readonly used: string;
  /** By the ledger: held or spent of what was accepted in the period. */
  readonly expected: string;
}

/** Older ones are not looked at: what the ledger names may be beyond its retention. */
const RECENT = `u.starts_on >= (now() - interval '31 days')::date`;

/** What the ledger, the rows of `spend_use` that `which` names (`u`, of cap `c`) and the deltas say, all in one snapshot. */
const compare = (which: string): string => `
  select u.app_id, u.currency, u.period, u.starts_on, ${startOf('u.starts_on')} as at,
    u.used + (select coalesce(sum(d.amount), 0) from spend_delta d
      where d.app_id = u.app_id and d.currency = u.currency and (d.period is null or d.period = u.period)
        and d.at >= ${startOf('u.starts_on')} and d.at < ${endOf('u.starts_on')}) as used,
    (select coalesce(sum(case when e.to_account = 'available' then -e.amount else e.amount end), 0)
      from ledger_entry e
      cross join lateral (select case when e.kind = 'hold' then e.at else spend_counted_at(e.source_id) end as at) counted
      where e.id >= lowest_id_at(${startOf('u.starts_on')}) and e.app_id = u.app_id and e.currency = u.currency
        and 'available' in (e.from_account, e.to_account) and e.at >= ${startOf('u.starts_on')}
        and counted.at >= ${startOf('u.starts_on')} and counted.at < ${endOf('u.starts_on')}) as expected
  from spend_cap c join spend_use u on u.app_id = c.app_id and u.currency = c.currency and u.period = c.period
  where ${which}`;

const CHECK = statement<SpendCheck>(
  'spend_check',
  `select app_id, currency, period, starts_on::text, used::text, expected::text
   from (${compare(`u.counted and ${RECENT}`)}) compared where used <> expected
   order by app_id, currency, period, starts_on`,
);

const REPAIR = statement<{ repaired: number }>(
  'spend_repair',
  `with missing as (
     insert into spend_delta (app_id, currency, period, at, amount)
     select app_id, currency, period, at, expected - used
     from (${compare(`($1::integer is null or u.app_id = $1) and ($2::boolean or not u.counted) and ${RECENT}`)}) compared
     where expected <> used
     returning id
   )
   select count(*)::int as repaired from missing`,
);

/** Key of the advisory lock of those who repair. */
const REPAIR_LOCK = 7_310_867;

/** Every period of a cap of the last 31 days whose use is not what the ledger says; as of one moment, whatever moves meanwhile. None: all is well. */
export async function checkSpend(database: Database): Promise<SpendCheck[]> {
  return database.transaction(async (transaction) => {
    await beUnhurried(transaction);
    return transaction.run(CHECK, []);
  });
}

/**
 * Makes the use of every cap what the ledger says. One snapshot sees ledger, use and deltas as of one moment, and only what is
 * missing is appended as a delta: so it is exact while everything moves. Those who repair take turns, or two of them would append
 * the same.
 * @returns how many periods were wrong
 */
export async function repairSpend(database: Database): Promise<number> {
  const repaired = await repair(database, undefined, true);
  while (await mergeSpend(database));
  return repaired;
}

/** Counts from the ledger the periods of an app that are not counted yet, as `repairSpend` does. */
export async function repairUncounted(database: Database, appId: number): Promise<void> {
  await repair(database, appId, false);
  while (await mergeSpend(database));
}

async function repair(database: Database, appId: number | undefined, all: boolean): Promise<number> {
  return database.transaction(async (transaction) => {
    await beUnhurried(transaction);
    await takeTurn(transaction, REPAIR_LOCK);
    const [{ repaired }] = await transaction.run(REPAIR, [appId ?? null, all]);
    return repaired;
  });
}
