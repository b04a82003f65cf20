import { statement } from '../statement.js';

/** A report that is to be pushed now. */
export interface PushRow {
  id: number;
  account_id: number;
  packet_id: string;
  ordinal: number;
  state: number;
  reported_at: Date;
  since: Date;
  /** This push included. */
  attempts: number;
  country_code: number;
  msisdn: string;
  sender: string;
  /** JSON text. */
  customer_body: string | null;
}

/**
 * Claims due reports for 15 s of database time, longer than a push may take: of each account as many as it has room for
 * ($1, $2), of each SMS only the earliest that is not acknowledged, $5 in all. Accounts whose servers are not known to answer
 * ($4 false) have $6 of them together. One report of each account comes before a second of any; the order of the accounts is
 * another with each $7. $3 is the business time.
 */
export const CLAIM_PUSHES = statement<PushRow>(
  'platform_claim_pushes',
  `with due as (
     select c.id, a.account_id, a.proven, row_number() over (partition by a.account_id order by c.due_at) as nth
     from unnest($1::integer[], $2::integer[], $4::boolean[]) as a(account_id, room, proven)
     cross join lateral (
       select p.id, p.due_at from report_push p
       where p.account_id = a.account_id and p.due_at <= $3::timestamptz
         and (p.lease_until is null or p.lease_until < now())
         and not exists (
           select from report_push e
           where e.packet_id = any (array[p.packet_id]) and e.ordinal = any (array[p.ordinal]) and e.id + 0 < p.id)
       order by p.due_at limit a.room for update skip locked) c),
   ranked as (
     select id, proven, row_number() over (partition by proven order by nth, hashint4(account_id # $7::integer)) as place
     from due),
   picked as (
     select id from ranked where proven or place <= $6::integer order by place limit $5::integer),
   claimed as (
     update report_push p set lease_until = now() + interval '15 seconds', attempts = least(p.attempts + 1, 32000)
     from picked where p.id = any (array[picked.id])
     returning p.id, p.account_id, p.packet_id, p.ordinal, p.state, p.reported_at, p.since, p.attempts)
   select c.*, s.country_code, s.msisdn, k.sender, k.customer_body
   from claimed c join packet k on k.id = any (array[c.packet_id])
   join sms s on s.packet_id = any (array[c.packet_id]) and s.ordinal = any (array[c.ordinal]) order by c.id`,
);

/** Puts claimed reports ($1) back that were not pushed. */
export const RELEASE_PUSHES = statement<object>(
  'platform_release_pushes',
  `update report_push p set lease_until = null, attempts = greatest(p.attempts - 1, 0)
   from unnest($1::bigint[]) as d(id) where p.id = any (array[d.id])`,
);

/**
 * Stores what came of pushes: acknowledged ones are over ($1); others are due again ($2 to $4) or, after 24 hours, parked
 * ($5 and $6, at $7).
 */
export const STORE_PUSH_RESULTS = statement<object>(
  'platform_store_push_results',
  `with acknowledged as (
     delete from report_push p using unnest($1::bigint[]) as d(id) where p.id = any (array[d.id])),
   delayed as (
     update report_push p set due_at = d.due_at, lease_until = null, last_error = d.error
     from unnest($2::bigint[], $3::timestamptz[], $4::text[]) as d(id, due_at, error)
     where p.id = any (array[d.id])),
   given_up as (
     delete from report_push p using unnest($5::bigint[], $6::text[]) as d(id, error)
     where p.id = any (array[d.id])
     returning p.*, d.error)
   insert into parked_report (id, packet_id, reported_at, parked_at, state, account_id, ordinal, attempts, last_error)
   select id, packet_id, reported_at, $7::timestamptz, state, account_id, ordinal, attempts, error from given_up`,
);

/**
 * Parks reports of an account ($1) whose 24 hours are over: those that begin before $3; $2 is the business time, $4 what is
 * wrong with its server. At most $5 of them.
 */
export const PARK_OVERDUE = statement<{ parked: number }>(
  'platform_park_overdue',
  `with picked as (
     select p.id from report_push p
     where p.account_id = $1::integer and p.due_at <= $2::timestamptz and p.since <= $3::timestamptz
       and (p.lease_until is null or p.lease_until < now())
     order by p.due_at limit $5::integer for update skip locked),
   given_up as (
     delete from report_push p using picked where p.id = any (array[picked.id]) returning p.*),
   parked as (
     insert into parked_report (id, packet_id, reported_at, parked_at, state, account_id, ordinal, attempts, last_error)
     select id, packet_id, reported_at, $2::timestamptz, state, account_id, ordinal, attempts, $4::text from given_up)
   select count(*)::integer as parked from given_up`,
);
