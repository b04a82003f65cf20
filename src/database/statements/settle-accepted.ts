import type { StatementRunner } from '../database.js';
import { isPostgresError } from '../database-error.js';
import { nullableArray, plainArray, statement, textArray, timestamp } from '../statement.js';
import { appendRanges } from './outbox-append.js';
import { AttemptOutcome, type EndedAttempt, REJECTED_BY_REPORTS, type Settlement } from './settlement.js';

/** What the function `not_in_the_plain_way` of the database raises. */
const NOT_IN_THE_PLAIN_WAY = 'SMS01';

/** Where the numbers of ledger entries begin: those of `settle` begin at one. */
const LEDGER_LINES = 0x8000_0000;

const SETTLE_ACCEPTED = statement<{ unowned: string[] }>(
  'settle_accepted',
  `with ended as materialized (
     select packet_id, attempt_id, result_code, submission_id, first_ordinal, last_ordinal, uids::text[] as uids
     from unnest($1::bigint[], $2::uuid[], $3::int[], $4::uuid[], $5::int[], $6::int[], $7::text[])
       as e(packet_id, attempt_id, result_code, submission_id, first_ordinal, last_ordinal, uids)
   ), closed as (
     delete from packet p using ended e where p.id = any (array[e.packet_id]) and p.attempt_id = e.attempt_id
     returning e.attempt_id, e.submission_id, e.first_ordinal, e.last_ordinal, e.uids, e.result_code, p.members,
       p.first_ordinal as packet_ordinal, p.worker_id, p.claimed_at, p.halved_from
   ), settled as (
     -- One walk along the key a packet.
     update message m set status = 2, reason = null, sms_uid = c.uids[m.ordinal - c.first_ordinal + 1], status_at = $8,
       acceptances = 1, attempt_id = c.attempt_id
     from closed c
     where m.submission_id = any (array[c.submission_id]) and m.ordinal between c.first_ordinal and c.last_ordinal
       and m.status in (0, 1)
     returning m.submission_id, m.ordinal, m.sms_uid, m.app_id, m.price_id, m.segments, m.attempt_id
   ), summed as materialized (
     select attempt_id, submission_id, app_id, price_id, sum(segments) as quantity, count(*) as size, min(ordinal) as first,
       max(ordinal) as last
     from settled group by attempt_id, submission_id, app_id, price_id
   ), entries as (
     insert into ledger_entry (id, at, app_id, price_id, quantity, kind, from_account, to_account, currency, amount, source_id)
     select (substr($9, 1, 28) || lpad(to_hex(${LEDGER_LINES} + row_number() over ()), 8, '0'))::uuid, $8, s.app_id, s.price_id,
       s.quantity, 'post', 'held', 'spent', p.currency, s.quantity * p.per_segment, s.attempt_id
     from summed s join price p on p.id = s.price_id
     returning app_id, currency, amount
   ), balances as (
     -- Run after all that comes below: the row that all of an app wait for is locked last.
     insert into balance as known (app_id, currency, kind, amount)
     select app_id, currency, 'post', sum(amount) from entries group by app_id, currency order by app_id, currency
     on conflict (app_id, currency, kind) do update set amount = known.amount + excluded.amount
   ), logged as (
     insert into attempt (id, submission_id, worker_id, claimed_at, ended_at, first_ordinal, outcome, result_code,
       members, halved_from)
     select attempt_id, submission_id, worker_id, claimed_at, $8, packet_ordinal, ${AttemptOutcome.answered}, result_code,
       members, halved_from
     from closed
   ), span as materialized (
     select attempt_id, submission_id, app_id, sum(size)::int as size, min(first) as first, max(last) as last
     from summed group by attempt_id, submission_id, app_id
   ), rest as materialized (
     -- What was settled before. Locked: what is read is how it stands now.
     select m.acceptances, m.attempt_id as first_attempt_id, c.attempt_id
     from closed c join message m on m.submission_id = any (array[c.submission_id])
       and m.ordinal between c.first_ordinal and c.last_ordinal
     where (c.attempt_id, c.last_ordinal - c.first_ordinal + 1) not in (select attempt_id, size from span)
       and (m.submission_id, m.ordinal) not in (select submission_id, ordinal from settled)
     for update of m
   ), told as (${appendRanges(`
     select app_id, submission_id, size, int4multirange(int4range(first, last, '[]')) as ordinals, 2::smallint as status,
       $8::timestamptz as at
     from span where size = last - first + 1
     union all
     select app_id, submission_id, count(*), range_agg(int4range(ordinal, ordinal, '[]')), 2::smallint, $8::timestamptz
     from settled where coalesce(attempt_id in (select attempt_id from span where size <> last - first + 1), false)
     group by app_id, submission_id, attempt_id`)}
   ), uids as (
     insert into sms_uid (uid, submission_id, ordinal, attempt_id)
     select sms_uid, submission_id, ordinal, attempt_id from settled
   ), resumed as (
     update route r set failures = 0, pause_reason = null, paused_until = null, stopped_at = null
     from unnest($10::smallint[]) as h(route_id)
     where r.id = h.route_id and r.failures > 0 and r.pause_reason is distinct from '${REJECTED_BY_REPORTS}'
   )
   select array(select attempt_id::text from ended where attempt_id not in (select attempt_id from closed)) as unowned
   where case when exists (select from rest where acceptances = 0 or first_attempt_id is distinct from attempt_id)
     then not_in_the_plain_way() else true end`,
);

/** Whether a platform has taken a whole packet, and said by which UIDs: what nearly every attempt ends with. */
export function isWhollyAccepted({ outcome, detail, members, verdicts, retries }: EndedAttempt): boolean {
  return (
    outcome === 'answered' &&
    detail === null &&
    retries.length === 0 &&
    members.length > 0 &&
    members[members.length - 1] - members[0] + 1 === members.length &&
    verdicts.every((verdict) => verdict.kind === 'accepted' && verdict.uid !== undefined)
  );
}

/** The UIDs of a packet, as an array literal. */
const uidsOf = ({ verdicts }: EndedAttempt): string =>
  textArray(verdicts.map((verdict) => (verdict.kind === 'accepted' ? verdict.uid : undefined)));

/**
 * As `settle`, for attempts of which `isWhollyAccepted` is true, at a fraction of the cost: messages are found by one walk along
 * their key a packet, and what only refusals, doubts and late answers need is not in the statement.
 *
 * @returns attempts that are not open, of which nothing was stored; undefined: nothing of any was stored, since a message was
 *   settled otherwise before (by silence, or by another attempt), and `settle` knows what then follows
 */
export async function settleAccepted(
  runner: StatementRunner,
  { attempts, now, ledgerId, heardOf }: Pick<Settlement, 'attempts' | 'now' | 'ledgerId' | 'heardOf'>,
): Promise<ReadonlySet<string> | undefined> {
  try {
    const [row] = await runner.run(SETTLE_ACCEPTED, [
      plainArray(attempts.map(({ packetId }) => packetId)),
      plainArray(attempts.map(({ attemptId }) => attemptId)),
      nullableArray(attempts.map(({ resultCode }) => resultCode)),
      plainArray(attempts.map(({ submissionId }) => submissionId)),
      plainArray(attempts.map(({ members }) => members[0])),
      plainArray(attempts.map(({ members }) => members[members.length - 1])),
      textArray(attempts.map(uidsOf)),
      timestamp(now),
      ledgerId,
      plainArray(heardOf),
    ]);
    return new Set(row?.unowned);
  } catch (error) {
    if (isPostgresError(error) && error.code === NOT_IN_THE_PLAIN_WAY) return undefined;
    throw error;
  }
}
