import type { StatementRunner } from '../database.js';
import { statement } from '../statement.js';
import { appendChanges } from './outbox-append.js';

const CANCEL = statement<{ cancelled: number }>(
  'cancel',
  `with target as materialized (
     select id, cardinality(members) as size from packet
     where submission_id = $1 and first_ordinal between $2 - 10000 and $2 and $2 = any(members) and attempt_id is null
     for update
   ), owned as materialized (
     select t.* from target t join message m on m.submission_id = $1 and m.ordinal = $2
     -- What waits to be sent once more was handed over before.
     where m.app_id = $3 and m.status = 0
       and not exists (select from doubt d where d.submission_id = $1 and d.ordinal = $2)
   ), emptied as (
     delete from packet p using owned o where p.id = any (array[o.id]) and o.size = 1
   ), shrunk as (
     update packet p set members = array_remove(p.members, $2) from owned o where p.id = any (array[o.id]) and o.size > 1
   ), cancelled as (
     update message m set status = 9, status_at = $4
     where m.submission_id = $1 and m.ordinal = $2 and m.status = 0 and exists (select from owned)
     returning m.app_id, m.price_id, m.segments, m.submission_id, m.ordinal
   ), entries as (
     insert into ledger_entry (id, at, app_id, price_id, quantity, kind, from_account, to_account, currency, amount,
       source_id, ordinal)
     select $5::uuid, $4, c.app_id, c.price_id, c.segments, 'release', 'held', 'available', p.currency,
       c.segments * p.per_segment, c.submission_id, c.ordinal
     from cancelled c join price p on p.id = c.price_id
     returning app_id, currency, amount
   ), balances as (
     insert into balance as known (app_id, currency, kind, amount)
     select app_id, currency, 'release', amount from entries
     on conflict (app_id, currency, kind) do update set amount = known.amount + excluded.amount
   ), told as (${appendChanges(`
     select app_id, submission_id, ordinal, 9::smallint as status, $4::timestamptz as at, null::smallint as previous,
       null::integer as sms_state, null::integer as reason
     from cancelled`)}
   )
   select count(*)::int as cancelled from cancelled`,
);

/**
 * Cancels one message while its packet has not been handed to a worker, and releases its hold (design.md 3 rule 2).
 * The row lock on the packet decides between a cancel and a claim that come at once.
 * @returns false when there was nothing to cancel: unknown, another app's, handed over, or already ended
 */
export async function cancelMessage(
  runner: StatementRunner,
  message: { submissionId: string; ordinal: number; appId: number },
  now: number,
  ledgerId: string,
): Promise<boolean> {
  const [row] = await runner.run(CANCEL, [
    message.submissionId,
    message.ordinal,
    message.appId,
    new Date(now).toISOString(),
    ledgerId,
  ]);
  return row !== undefined && row.cancelled > 0;
}
