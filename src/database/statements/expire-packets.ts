import { FailureReason } from '../../messaging/domain/failure-reason.js';
import type { StatementRunner } from '../database.js';
import { statement } from '../statement.js';
import { lapsed } from './lapsed.js';
import { appendChanges } from './outbox-append.js';

const NO_LONGER_VALID = String(FailureReason.no_longer_valid);

const EXPIRE_PACKETS = statement<{ packets: number; failed: number }>(
  'expire_packets',
  `with due as materialized (
     select id from packet where attempt_id is null and valid_until <= $1 order by valid_until limit $2
     for update skip locked
   ), closed as (
     delete from packet p using due where p.id = any (array[due.id]) returning p.submission_id, p.members
   ), waiting as materialized (
     select m.submission_id, m.ordinal, m.status as was
     from (select c.submission_id, o.ordinal from closed c cross join lateral unnest(c.members) as o(ordinal)) c
     join message m on m.submission_id = any (array[c.submission_id]) and m.ordinal = c.ordinal and m.status in (0, 1)
     order by c.submission_id, c.ordinal for update of m
   ), ended as (
     -- What was to be sent once more is in doubt by the first time.
     update message m set status_at = $1, ${lapsed('w', NO_LONGER_VALID)}
     from waiting w
     where m.submission_id = any (array[w.submission_id]) and m.ordinal = w.ordinal
     returning m.app_id, m.submission_id, m.ordinal, m.price_id, m.segments, m.status, m.reason, w.was
   ), failed as (
     select * from ended where status = 8
   ), told as (${appendChanges(`
     select app_id, submission_id, ordinal, status, $1::timestamptz as at, null::smallint as previous,
       null::integer as sms_state, reason
     from ended where status <> was`)}
   ), entries as (
     insert into ledger_entry (id, at, app_id, price_id, quantity, kind, from_account, to_account, currency, amount,
       source_id)
     select (substr($3, 1, 28) || lpad(to_hex(row_number() over ()), 8, '0'))::uuid, $1, f.app_id, f.price_id, f.quantity,
       'release', 'held', 'available', p.currency, f.quantity * p.per_segment, f.submission_id
     from (select submission_id, app_id, price_id, sum(segments) as quantity from failed
       group by submission_id, app_id, price_id) f join price p on p.id = f.price_id
     returning app_id, currency, amount
   ), balances as (
     insert into balance as known (app_id, currency, kind, amount)
     select app_id, currency, 'release', sum(amount) from entries group by app_id, currency order by app_id, currency
     on conflict (app_id, currency, kind) do update set amount = known.amount + excluded.amount
   )
   select (select count(*) from due)::int as packets, (select count(*) from failed)::int as failed`,
);

/**
 * Ends packets whose validity has passed while they waited, whether or not their route may send: their messages fail as
 * `no_longer_valid`, and their holds are released at the grain of the submission.
 * @param now business time, milliseconds
 * @param ledgerId a fresh UUIDv7 whose last 32 bits are replaced to number the ledger entries
 */
export async function expirePackets(
  runner: StatementRunner,
  now: number,
  limit: number,
  ledgerId: string,
): Promise<{ packets: number; failed: number }> {
  const [row] = await runner.run(EXPIRE_PACKETS, [new Date(now).toISOString(), limit, ledgerId]);
  return row ?? { packets: 0, failed: 0 };
}
