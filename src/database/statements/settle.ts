import type { StatementRunner } from '../database.js';
import { nullableArray, plainArray, statement, textArray, timestamp } from '../statement.js';
import { appendChanges } from './outbox-append.js';
import { isWhollyAccepted, settleAccepted } from './settle-accepted.js';
import { AttemptOutcome, type EndedAttempt, REJECTED_BY_REPORTS, type Settlement, type Verdict } from './settlement.js';

/** A packet that holds a member of `row`: see message-columns.ts. */
const packetWith = (row: string): string => `
  select from packet p where p.submission_id = any (array[${row}.submission_id])
    and p.first_ordinal between ${row}.ordinal - 10000 and ${row}.ordinal and ${row}.ordinal = any(p.members)`;

const SETTLE = statement<{ unowned: string[] }>(
  'settle',
  `with ended as materialized (
     select * from unnest($1::bigint[], $2::uuid[], $3::smallint[], $4::int[], $5::text[])
       as e(packet_id, attempt_id, outcome, result_code, detail)
   ), closed as (
     delete from packet p using ended e where p.id = any (array[e.packet_id]) and p.attempt_id = e.attempt_id
     returning p.submission_id, p.first_ordinal, p.members, p.worker_id, p.claimed_at, p.halved_from,
       e.attempt_id, e.outcome, e.result_code, e.detail
   ), logged as (
     insert into attempt (id, submission_id, worker_id, claimed_at, ended_at, first_ordinal, outcome, result_code,
       members, detail, halved_from)
     select attempt_id, submission_id, worker_id, claimed_at, $6, first_ordinal, outcome, result_code, members, detail,
       halved_from
     from closed
   ), reopened as (
     -- An answer that comes after its attempt was given up as doubtful still counts.
     update attempt a set outcome = e.outcome, result_code = e.result_code, detail = e.detail, ended_at = $6
     from ended e
     where e.attempt_id not in (select attempt_id from closed) and e.outcome <> ${AttemptOutcome.in_doubt}
       and a.id = any (array[e.attempt_id]) and a.outcome = ${AttemptOutcome.in_doubt}
     returning a.id as attempt_id, a.submission_id, a.result_code
   ), repeated as materialized (
     -- Late answers of submissions that were sent once more meanwhile: what they refuse is not sent a third time.
     select r.attempt_id, r.result_code from reopened r join submission s on s.id = any (array[r.submission_id])
     where s.resend_on_doubt
   ), unowned as materialized (
     select attempt_id from ended
     where attempt_id not in (select attempt_id from closed) and attempt_id not in (select attempt_id from reopened)
   ), member as materialized (
     select m.submission_id, m.ordinal, m.attempt_id, case when m.status = 0 and r.attempt_id is not null then 8
       else m.status end as status, case when m.status = 0 then r.result_code else m.reason end as reason, m.uid,
       m.attempt_id in (select attempt_id from reopened) as late
     from unnest($7::uuid[], $8::int[], $9::uuid[], $10::smallint[], $11::int[], $12::text[])
       as m(submission_id, ordinal, attempt_id, status, reason, uid)
     left join repeated r on r.attempt_id = m.attempt_id
     where m.attempt_id not in (select attempt_id from unowned)
   ), settled as (
     -- Only where the hold is still open: a report that was faster has settled the rest. What this attempt was refused may
     -- still be in doubt by another one, or wait to be sent by it.
     update message m set reason = i.reason, sms_uid = coalesce(i.uid, m.sms_uid), status_at = $6,
       status = case when i.status <> 8 then i.status
         when exists (select from doubt d where d.submission_id = any (array[i.submission_id]) and d.ordinal = i.ordinal
           and d.attempt_id <> i.attempt_id) then 1
         when i.late and exists (${packetWith('i')}) then 0 else 8 end,
       acceptances = case i.status when 2 then 1 else 0 end,
       attempt_id = case i.status when 2 then i.attempt_id end
     from member i
     where m.submission_id = any (array[i.submission_id]) and m.ordinal = i.ordinal
       and m.status in (0, 1) and (i.status <> 0 or m.status = 1)
     returning m.submission_id, m.ordinal, m.app_id, m.price_id, m.segments, i.attempt_id, m.status,
       i.status as verdict, i.uid, i.reason
   ), met as materialized (
     -- Accepted, although another attempt, a report or silence has settled it. Locked: what is read is how it stands now.
     select m.submission_id, m.ordinal, m.app_id, m.price_id, m.segments, m.acceptances, m.attempt_id as first_attempt_id,
       i.attempt_id, i.uid
     from member i join message m on m.submission_id = any (array[i.submission_id]) and m.ordinal = i.ordinal
     where i.status = 2 and (i.submission_id, i.ordinal) not in (select submission_id, ordinal from settled)
     order by i.submission_id, i.ordinal for update of m
   ), late as (
     -- Its first acceptance: silence or another attempt's refusal had settled it as failed.
     update message m set status = 2, reason = null, sms_uid = i.uid, status_at = $6, acceptances = 1,
       attempt_id = i.attempt_id
     from met i
     where i.acceptances = 0 and m.submission_id = any (array[i.submission_id]) and m.ordinal = i.ordinal
     returning m.submission_id, m.ordinal, m.app_id, m.price_id, m.segments, i.attempt_id, i.uid
   ), further as (
     -- A second SMS. A report that was faster has stored, and charged, it already.
     insert into acceptance (submission_id, ordinal, attempt_id, accepted_at, sms_uid)
     select submission_id, ordinal, attempt_id, $6, uid from met
     where acceptances > 0 and first_attempt_id <> attempt_id
     on conflict do nothing
     returning submission_id, ordinal, attempt_id, sms_uid as uid
   ), counted as (
     update message m set acceptances = m.acceptances + 1
     from further f where m.submission_id = any (array[f.submission_id]) and m.ordinal = f.ordinal
     returning m.submission_id, m.ordinal, m.app_id, m.price_id, m.segments
   ), told as (${appendChanges(`
     select app_id, submission_id, ordinal, status, $6::timestamptz as at, null::smallint as previous,
       null::integer as sms_state, reason
     from settled where status = verdict
     union all
     -- In doubt again by another attempt, or waiting for one: news only where it was not so before.
     select s.app_id, s.submission_id, s.ordinal, s.status, $6::timestamptz, null::smallint, null, null
     from settled s where s.status <> s.verdict and exists (select from message m
       where m.submission_id = any (array[s.submission_id]) and m.ordinal = s.ordinal
         and m.status <> s.status)
     union all
     select app_id, submission_id, ordinal, 2::smallint, $6::timestamptz, 8::smallint, null, null from late`)}
   ), uids as (
     insert into sms_uid (uid, submission_id, ordinal, attempt_id)
     select uid, submission_id, ordinal, attempt_id from settled where uid is not null
     union all select uid, submission_id, ordinal, attempt_id from late where uid is not null
     union all select uid, submission_id, ordinal, attempt_id from further where uid is not null
   ), doubted as (
     insert into doubt (submission_id, ordinal, attempt_id, app_id, since)
     select submission_id, ordinal, attempt_id, app_id, $6 from settled where verdict = 1
     on conflict do nothing
   ), undoubted as (
     delete from doubt d using member i
     where i.late and i.status <> 1
       and d.submission_id = any (array[i.submission_id]) and d.ordinal = i.ordinal and d.attempt_id = i.attempt_id
   ), requeued as (
     insert into packet (submission_id, due_at, valid_until, app_id, route_id, lane, segments, tries, resent, halved_from,
       first_ordinal, members, text)
     select r.submission_id, r.due_at, r.valid_until, r.app_id, r.route_id, r.lane, r.segments, r.tries,
       r.resent, r.halved_from, r.first_ordinal, r.members::int[], r.text
     from unnest($13::uuid[], $14::uuid[], $15::timestamptz[], $16::timestamptz[], $17::int[], $18::smallint[],
       $19::smallint[], $20::smallint[], $21::smallint[], $30::boolean[], $31::uuid[], $22::int[], $23::text[], $24::text[])
       as r(attempt_id, submission_id, due_at, valid_until, app_id, route_id, lane, segments, tries, resent, halved_from,
         first_ordinal, members, text)
     where r.attempt_id in (select attempt_id from closed)
       -- A late answer: not what was sent once more meanwhile, nor what silence has ended.
       or (r.attempt_id in (select attempt_id from reopened) and r.attempt_id not in (select attempt_id from repeated)
         and exists (select from message m where m.submission_id = any (array[r.submission_id])
           and m.ordinal = r.first_ordinal and m.status in (0, 1)))
   ), money as (
     select attempt_id as source_id, null::int as ordinal, app_id, price_id, sum(segments) as quantity,
       case status when 2 then 'post' else 'release' end as kind
     from settled where status not in (0, 1)
     group by attempt_id, app_id, price_id, status
     union all
     select submission_id, ordinal, app_id, price_id, segments, 'correction' from late
     union all
     select submission_id, ordinal, app_id, price_id, segments, 'correction' from counted
   ), entries as (
     insert into ledger_entry (id, at, app_id, price_id, quantity, kind, from_account, to_account, currency, amount,
       source_id, ordinal)
     select (substr($25, 1, 28) || lpad(to_hex(row_number() over ()), 8, '0'))::uuid, $6, m.app_id, m.price_id,
       m.quantity, m.kind, case m.kind when 'correction' then 'available' else 'held' end,
       case m.kind when 'release' then 'available' else 'spent' end, p.currency, m.quantity * p.per_segment, m.source_id,
       m.ordinal
     from money m join price p on p.id = m.price_id
     returning app_id, currency, kind, amount
   ), balances as (
     insert into balance as known (app_id, currency, kind, amount)
     select app_id, currency, kind, sum(amount) from entries group by app_id, currency, kind
     order by app_id, currency, kind
     on conflict (app_id, currency, kind) do update set amount = known.amount + excluded.amount
   ), paused as (
     update route r set failures = least(r.failures + 1, 30)::smallint, pause_reason = p.reason,
       paused_until = now() + least(p.longest, power(2, least(r.failures, 20))) * interval '1 second',
       stopped_at = coalesce(r.stopped_at, now())
     from unnest($26::smallint[], $27::text[], $28::int[], $32::boolean[]) as p(route_id, reason, longest, probe)
     where r.id = p.route_id and (p.probe or r.paused_until is null or r.paused_until <= now())
       and r.pause_reason is distinct from '${REJECTED_BY_REPORTS}'
   ), resumed as (
     update route r set failures = 0, pause_reason = null, paused_until = null, stopped_at = null
     from unnest($29::smallint[]) as h(route_id)
     where r.id = h.route_id and r.failures > 0 and r.id <> all($26::smallint[])
       and r.pause_reason is distinct from '${REJECTED_BY_REPORTS}'
   )
   select array(select attempt_id::text from unowned) as unowned`,
);

/** Status codes as in src/messaging/domain/message-status.ts. */
const STATUS: Readonly<Record<Verdict['kind'], number>> = { retry: 0, in_doubt: 1, accepted: 2, failed: 8 };

function memberColumns(attempts: readonly EndedAttempt[]): string[] {
  const submissionIds: string[] = [];
  const ordinals: number[] = [];
  const attemptIds: string[] = [];
  const statuses: number[] = [];
  const reasons: (number | null)[] = [];
  const uids: (string | null)[] = [];
  for (const attempt of attempts) {
    attempt.members.forEach((ordinal, index) => {
      const verdict = attempt.verdicts[index];
      submissionIds.push(attempt.submissionId);
      ordinals.push(ordinal);
      attemptIds.push(attempt.attemptId);
      statuses.push(STATUS[verdict.kind]);
      reasons.push(verdict.kind === 'failed' ? verdict.reason : null);
      uids.push(verdict.kind === 'accepted' ? (verdict.uid ?? null) : null);
    });
  }
  return [
    plainArray(submissionIds),
    plainArray(ordinals),
    plainArray(attemptIds),
    plainArray(statuses),
    nullableArray(reasons),
    textArray(uids),
  ];
}

function retryColumns(attempts: readonly EndedAttempt[]): string[] {
  const retries = attempts.flatMap((attempt) => attempt.retries.map((retry) => ({ attempt, ...retry })));
  return [
    plainArray(retries.map(({ attempt }) => attempt.attemptId)),
    plainArray(retries.map(({ attempt }) => attempt.submissionId)),
    textArray(retries.map(({ dueAt }) => timestamp(dueAt))),
    textArray(retries.map(({ attempt }) => timestamp(attempt.validUntil))),
    plainArray(retries.map(({ attempt }) => attempt.appId)),
    plainArray(retries.map(({ attempt }) => attempt.routeId)),
    plainArray(retries.map(({ attempt }) => attempt.lane)),
    plainArray(retries.map(({ attempt }) => attempt.segments)),
    // What never left does not count as a try.
    plainArray(retries.map(({ attempt }) => attempt.tries - (attempt.outcome === 'not_sent' ? 1 : 0))),
    plainArray(retries.map(({ members }) => members[0])),
    textArray(retries.map(({ members }) => plainArray(members))),
    textArray(retries.map(({ attempt }) => attempt.ownText)),
  ];
}

/**
 * Stores how attempts ended: messages, UIDs, doubts, packets to retry, the money that follows, and the routes' health
 * (design.md 3 rules 2, 6 and 10): those that were wholly accepted in one statement, the others in another. Repeating it changes
 * nothing: an attempt that is closed is no longer owned. An attempt that was given up as doubtful is opened again by an answer.
 * @returns attempts that were neither open nor doubtful when the statement began. One that another process gave up at
 *   the same moment is among them: call again with those, once.
 */
export async function settle(runner: StatementRunner, settlement: Settlement): Promise<ReadonlySet<string>> {
  const accepted = settlement.attempts.filter(isWhollyAccepted);
  if (accepted.length === 0) return settleAny(runner, settlement);
  const paused = new Set(settlement.pauses.map(({ routeId }) => routeId));
  const heardOf = settlement.heardOf.filter((routeId) => !paused.has(routeId));
  const unowned = await settleAccepted(runner, { ...settlement, attempts: accepted, heardOf });
  const done = new Set(unowned === undefined ? [] : accepted.filter(({ attemptId }) => !unowned.has(attemptId)));
  const attempts = settlement.attempts.filter((attempt) => !done.has(attempt));
  if (attempts.length === 0 && settlement.pauses.length === 0) return new Set();
  return settleAny(runner, { ...settlement, attempts });
}

/** As `settle`, of whatever became of the attempts. */
async function settleAny(runner: StatementRunner, settlement: Settlement): Promise<ReadonlySet<string>> {
  const { attempts, pauses } = settlement;
  const [row] = await runner.run(SETTLE, [
    plainArray(attempts.map(({ packetId }) => packetId)),
    plainArray(attempts.map(({ attemptId }) => attemptId)),
    plainArray(attempts.map(({ outcome }) => AttemptOutcome[outcome])),
    nullableArray(attempts.map(({ resultCode }) => resultCode)),
    textArray(attempts.map(({ detail }) => detail)),
    timestamp(settlement.now),
    ...memberColumns(attempts),
    ...retryColumns(attempts),
    settlement.ledgerId,
    plainArray(pauses.map(({ routeId }) => routeId)),
    textArray(pauses.map(({ reason }) => reason)),
    plainArray(pauses.map(({ limit }) => limit)),
    plainArray(settlement.heardOf),
    plainArray(attempts.flatMap(({ retries }) => retries.map(({ resent }) => resent))),
    nullableArray(attempts.flatMap(({ retries }) => retries.map(({ halvedFrom }) => halvedFrom))),
    plainArray(pauses.map(({ probe }) => probe)),
  ]);
  return new Set(row?.unowned);
}
