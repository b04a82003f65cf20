import type { StatementRunner } from '../database.js';
import { statement } from '../statement.js';
import { lapsed } from './lapsed.js';
import { appendChanges } from './outbox-append.js';

/** Numbers that must have failed alone, with one code, before the rest of what they came from fails with it. */
const CULPRITS = 2;

const FAIL_HALVED = statement<{ failed: number }>(
  'fail_halved',
  `with proven as materialized (
     select count(*) >= ${CULPRITS} as is_proven from attempt
     where halved_from = $1 and result_code = $2 and cardinality(members) = 1 and detail is not null
   ), doomed as materialized (
     select p.id from packet p
     where p.id = any (array(select id from packet where halved_from = $1 and attempt_id is null))
       and p.attempt_id is null and (select is_proven from proven)
     order by p.id for update skip locked
   ), closed as (
     delete from packet p using doomed d where p.id = any (array[d.id]) returning p.submission_id, p.members
   ), ended as (
     update message m set status_at = $3, ${lapsed('c', '$2')}
     from (select c.submission_id, o.ordinal from closed c cross join lateral unnest(c.members) as o(ordinal)
       order by 1, 2) c
     where m.submission_id = any (array[c.submission_id]) and m.ordinal = c.ordinal and m.status = 0
     returning m.app_id, m.submission_id, m.ordinal, m.price_id, m.segments, m.status, m.reason
   ), failed as (
     select * from ended where status = 8
   ), told as (${appendChanges(`
     select app_id, submission_id, ordinal, status, $3::timestamptz as at, null::smallint as previous,
       null::integer as sms_state, reason
     from ended`)}
   ), entries as (
     insert into ledger_entry (id, at, app_id, price_id, quantity, kind, from_account, to_account, currency, amount,
       source_id)
     select (substr($4, 1, 28) || lpad(to_hex(row_number() over ()), 8, '0'))::uuid, $3, f.app_id, f.price_id, f.quantity,
       'release', 'held', 'available', p.currency, f.quantity * p.per_segment, $1
     from (select app_id, price_id, sum(segments) as quantity from failed group by app_id, price_id) f
     join price p on p.id = f.price_id
     returning app_id, currency, amount
   ), balances as (
     insert into balance as known (app_id, currency, kind, amount)
     select app_id, currency, 'release', sum(amount) from entries group by app_id, currency order by app_id, currency
     on conflict (app_id, currency, kind) do update set amount = known.amount + excluded.amount
   )
   select count(*)::int as failed from failed`,
);

/**
 * Fails what is left of a packet that was refused as a whole, once two of its numbers have failed alone with the same code:
 * then it is not a number that is at fault (design.md 3 rule 9). What a worker is sending ends by its own answer.
 * @param family the attempt that was refused as a whole
 * @param now business time, milliseconds
 * @param ledgerId a fresh UUIDv7 whose last 32 bits are replaced to number the ledger entries
 * @returns how many messages failed
 */
export async function failHalved(
  runner: StatementRunner,
  family: string,
  resultCode: number,
  now: number,
  ledgerId: string,
): Promise<number> {
  const [row] = await runner.run(FAIL_HALVED, [family, resultCode, new Date(now).toISOString(), ledgerId]);
  return row?.failed ?? 0;
}
