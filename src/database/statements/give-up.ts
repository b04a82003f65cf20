import type { StatementRunner } from '../database.js';
import { statement } from '../statement.js';
import { appendChanges } from './outbox-append.js';
import { AttemptOutcome } from './settlement.js';

const GIVE_UP = statement<{ attempt_id: string; numbers: number }>(
  'give_up',
  `with overdue as materialized (
     select id from packet where attempt_id is not null and deadline < now() limit $2 for update skip locked
   ), lost as (
     delete from packet p using overdue o where p.id = any (array[o.id])
     returning p.*
   ), logged as (
     insert into attempt (id, submission_id, worker_id, claimed_at, ended_at, first_ordinal, outcome, members, detail,
       halved_from)
     select attempt_id, submission_id, worker_id, claimed_at, $1, first_ordinal, ${AttemptOutcome.in_doubt}, members,
       'no outcome by its deadline', halved_from
     from lost
   ), doubted as (
     update message m set status = 1, status_at = $1
     from lost l cross join lateral unnest(l.members) as o(ordinal)
     where m.submission_id = any (array[l.submission_id]) and m.ordinal = o.ordinal and m.status in (0, 1)
     returning m.submission_id, m.ordinal, m.app_id, l.attempt_id
   ), doubts as (
     insert into doubt (submission_id, ordinal, attempt_id, app_id, since)
     select submission_id, ordinal, attempt_id, app_id, $1 from doubted
     on conflict do nothing
   ), told as (${appendChanges(`
     select app_id, submission_id, ordinal, 1::smallint as status, $1::timestamptz as at, null::smallint as previous,
       null::integer as sms_state, null::integer as reason
     from doubted`)}
   ), resent as (
     -- Rule 6: where the caller asked for it, once, and while it is valid. Not what a report has spoken of.
     insert into packet (submission_id, due_at, valid_until, app_id, route_id, lane, segments, tries, resent, halved_from,
       first_ordinal, members, text)
     select l.submission_id, $1, l.valid_until, l.app_id, l.route_id, l.lane, l.segments, l.tries, true, l.halved_from,
       d.members[1], d.members, l.text
     from lost l join submission s on s.id = any (array[l.submission_id])
     join (select attempt_id, array_agg(ordinal order by ordinal) as members from doubted group by attempt_id) d
       on d.attempt_id = l.attempt_id
     where s.resend_on_doubt and not l.resent and l.valid_until > $1
   )
   select attempt_id::text, cardinality(members) as numbers from lost`,
);

/**
 * Gives up attempts whose deadline (database time) has passed without an outcome: their worker died or stalled, and
 * nobody knows whether the platform has the SMS. They are in doubt, and not queued again (design.md 3 rule 4).
 * @param now business time, milliseconds
 * @returns the attempts, with how many numbers each leaves in doubt
 */
export async function giveUp(
  runner: StatementRunner,
  now: number,
  limit = 500,
): Promise<{ attempt_id: string; numbers: number }[]> {
  return runner.run(GIVE_UP, [new Date(now).toISOString(), limit]);
}
