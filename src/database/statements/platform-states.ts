import { statement } from '../statement.js';

/**
 * Stores states as they are learnt: each makes a report to be pushed, and an SMS takes the highest of them by precedence (of
 * two that are equal in precedence the lower number). The first five arrays have one entry an SMS, folded; the rest one a
 * report, in the order in which they were learnt.
 */
export const STORE_STATES = statement<object>(
  'platform_store_states',
  `with changed as (
     update sms s set state = r.state, precedence = r.precedence, state_at = r.at
     from unnest($1::uuid[], $2::smallint[], $3::bigint[], $4::smallint[], $5::timestamptz[])
       as r(packet_id, ordinal, state, precedence, at)
     where s.packet_id = any (array[r.packet_id]) and s.ordinal = any (array[r.ordinal])
       and (r.precedence > s.precedence or (r.precedence = s.precedence and r.state < s.state)))
   insert into report_push (account_id, packet_id, ordinal, state, reported_at, since, due_at)
   select p.account_id, n.packet_id, n.ordinal, n.state, n.at, $10::timestamptz, $10::timestamptz
   from unnest($6::uuid[], $7::smallint[], $8::bigint[], $9::timestamptz[]) with ordinality
     as n(packet_id, ordinal, state, at, position)
   join packet p on p.id = any (array[n.packet_id]) order by n.position`,
);

/**
 * Takes packets out of the watch whose 25 hours are over ($1 is the business time), and reports EXPIRED for those of their
 * SMS that have no final state. What the simulated carrier learnt within the 25 hours is stored first: a clock that is moved
 * makes both due at once.
 */
export const EXPIRE_SMS = statement<{ packets: number; sms: number }>(
  'platform_expire_sms',
  `with picked as (
     select w.packet_id from expiry_watch w where w.expires_at <= $1::timestamptz
       and not exists (
         select from carrier_event e
         where e.packet_id = any (array[w.packet_id]) and e.due_at + interval '0' < w.expires_at)
     order by w.expires_at limit $2::integer for update of w skip locked),
   looked_at as (delete from expiry_watch w using picked where w.packet_id = any (array[picked.packet_id])
     returning w.packet_id),
   expired as (
     update sms s set state = 3, precedence = 5, state_at = $1::timestamptz from looked_at
     where s.packet_id = any (array[looked_at.packet_id]) and s.precedence <= 2 returning s.packet_id, s.ordinal),
   reported as (
     insert into report_push (account_id, packet_id, ordinal, state, reported_at, since, due_at)
     select p.account_id, e.packet_id, e.ordinal, 3, $1::timestamptz, $1::timestamptz, $1::timestamptz
     from expired e join packet p on p.id = any (array[e.packet_id]) order by e.packet_id, e.ordinal)
   select (select count(*) from looked_at) as packets, (select count(*) from expired) as sms`,
);
