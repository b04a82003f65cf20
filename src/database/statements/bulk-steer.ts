import { BulkStatus } from '../../messaging/domain/bulk-status.js';
import type { StatementRunner } from '../database.js';
import { statement } from '../statement.js';
import { PACKET_CHANNEL } from './accept.js';
import { appendChanges } from './outbox-append.js';

/**
 * What is held back is due a thousand years later, and keeps its turn by that. Nothing else is due so late: `sendAt` is within
 * 90 days.
 */
const HELD_BACK = `interval '1000 years'`;
const FAR = `interval '500 years'`;

const PAUSE = statement<object>(
  'bulk_pause',
  `update bulk set status = ${BulkStatus.paused}, rate = null where id = $1 and status = ${BulkStatus.running}`,
);
const HOLD_BACK = statement<{ packets: number }>(
  'bulk_hold_back',
  `with held as (
     update packet p set due_at = p.due_at + ${HELD_BACK} from (
       select packet.id from bulk_stretch s join packet on packet.submission_id = any (array[s.submission_id])
       where s.bulk_id = $1 and packet.attempt_id is null and packet.due_at < now() + ${FAR}
       order by packet.id + 0 for update of packet skip locked) waiting
     where p.id = waiting.id returning p.id)
   select count(*)::int as packets from held`,
);
const RESUME = statement<object>(
  'bulk_resume',
  `with resumed as (
     update bulk set status = ${BulkStatus.running}, paced_at = now() where id = $1 and status = ${BulkStatus.paused}
   ), due as (
     update packet p set due_at = p.due_at - ${HELD_BACK} from (
       select packet.id from bulk_stretch s join packet on packet.submission_id = any (array[s.submission_id])
       where s.bulk_id = $1 and packet.attempt_id is null and packet.due_at >= now() + ${FAR}
       order by packet.id + 0 for update of packet) waiting
     where p.id = waiting.id
   )
   select pg_notify('${PACKET_CHANNEL}', '')`,
);

/** Pauses a bulk that runs, which the caller has locked: no more rows are moved, and what waits in the queue is held back. */
export async function pauseBulk(runner: StatementRunner, id: string): Promise<void> {
  await runner.run(PAUSE, [id]);
  await holdBack(runner, id);
}

/** Holds back what came into the queue since the bulk was paused: what is to be sent once more. @returns packets */
export async function holdBack(runner: StatementRunner, id: string): Promise<number> {
  return (await runner.run(HOLD_BACK, [id]))[0]?.packets ?? 0;
}

/** Lets a paused bulk, which the caller has locked, go on. */
export async function resumeBulk(runner: StatementRunner, id: string): Promise<void> {
  await runner.run(RESUME, [id]);
}

const CANCEL = statement<{ status: number }>(
  'bulk_cancel',
  `with job as materialized (
     update bulk set status = ${BulkStatus.cancelled}, ended_at = $2, rate = null where id = $1
     returning id, app_id
   ), waiting as materialized (
     select packet.id from bulk_stretch s join packet on packet.submission_id = any (array[s.submission_id])
     where s.bulk_id = $1 and packet.attempt_id is null order by packet.id + 0 for update of packet skip locked
   ), closed as (
     delete from packet p using waiting w where p.id = w.id returning p.submission_id, p.members
   ), cancelled as (
     update message m set status = 9, status_at = $2
     from (select c.submission_id, o.ordinal from closed c cross join lateral unnest(c.members) as o(ordinal)
       order by 1, 2) c
     where m.submission_id = c.submission_id and m.ordinal = c.ordinal and m.status = 0
     returning m.app_id, m.submission_id, m.ordinal, m.price_id, m.segments
   ), told as (${appendChanges(`
     select app_id, submission_id, ordinal, 9::smallint as status, $2::timestamptz as at, null::smallint as previous,
       null::integer as sms_state, null::integer as reason
     from cancelled`)}
   ), released as (
     select app_id, price_id, submission_id as source_id, sum(segments) as quantity from cancelled
     group by app_id, price_id, submission_id
     union all
     select job.app_id, b.price_id, job.id, sum(b.segments - b.moved_segments)
     from job join bulk_price b on b.bulk_id = job.id where b.price_id is not null
     group by job.app_id, b.price_id, job.id having sum(b.segments - b.moved_segments) > 0
   ), entries as (
     insert into ledger_entry (id, at, app_id, price_id, quantity, kind, from_account, to_account, currency, amount,
       source_id)
     select (substr($3, 1, 28) || lpad(to_hex(row_number() over ()), 8, '0'))::uuid, $2, r.app_id, r.price_id, r.quantity,
       'release', 'held', 'available', p.currency, r.quantity * p.per_segment, r.source_id
     from released r join price p on p.id = r.price_id
     returning app_id, currency, amount
   ), balances as (
     insert into balance as known (app_id, currency, kind, amount)
     select app_id, currency, 'release', sum(amount) from entries group by app_id, currency order by app_id, currency
     on conflict (app_id, currency, kind) do update set amount = known.amount + excluded.amount
   )
   select count(*)::int as status from job`,
);

/**
 * Cancels a bulk, which the caller has locked: what waits in the queue and what was not moved there is not sent, and what was held for
 * it is released. What is being sent goes on.
 * @param now business time, milliseconds
 * @param ledgerId a fresh UUIDv7 whose last 32 bits are replaced to number the ledger entries
 */
export async function cancelBulk(runner: StatementRunner, id: string, now: number, ledgerId: string): Promise<void> {
  await runner.run(CANCEL, [id, new Date(now).toISOString(), ledgerId]);
}
