import { STATUS_CODE } from '../../src/messaging/domain/message-status.js';
import { AttemptOutcome } from '../../src/database/statements/settlement.js';
import { ResultCode } from '../../src/uip/domain/result-code.js';
import { SmsState } from '../../src/uip/domain/sms-state.js';

/** What a session needs: chance that depends on nothing but number and salt, ids of any time, and whom to send to. */
export const PREPARE: readonly string[] = [
  `create function pg_temp.pick(n bigint, salt bigint, below bigint) returns bigint language sql immutable as
     $$ select (hashint8extended(n, salt) & 9223372036854775807) % below $$`,
  // A UUIDv7 of a time, with its last 32 bits given; in one expression, so that PostgreSQL inlines it.
  `create function pg_temp.id_of(at timestamptz, n bigint, salt bigint, suffix bigint) returns uuid language sql immutable as
     $$ select (lpad(to_hex(floor(extract(epoch from at) * 1000)::bigint), 12, '0')
          || '7' || lpad(to_hex(hashint8extended(n, salt) & 4095), 3, '0')
          || '8' || lpad(to_hex((hashint8extended(n, salt) >> 12) & 4095), 3, '0')
          || lpad(to_hex((hashint8extended(n, salt) >> 24) & 65535), 4, '0') || lpad(to_hex(suffix), 8, '0'))::uuid $$`,
  `create temporary table fill_number (place integer primary key, msisdn text not null, hash bigint not null, country_code integer not null)`,
  `create temporary table fill_price (country_code integer primary key, price_id integer not null, per_segment numeric not null)`,
];

/** $1 numbers, $2 their keyed hashes, $3 their country codes. */
export const NUMBERS = `insert into fill_number (place, msisdn, hash, country_code)
  select row_number() over (partition by country_code order by nth) - 1 + 1000000 * dense_rank() over (order by country_code),
    msisdn, hash, country_code
  from unnest($1::text[], $2::bigint[], $3::integer[]) with ordinality as number (msisdn, hash, country_code, nth)`;

/** Prices that are valid for the countries $1 on route $2 in its currency. */
export const PRICES = `insert into fill_price (country_code, price_id, per_segment)
  select distinct on (country_code) country_code, price.id, per_segment
  from price join route on route.id = $2 and route.currency = price.currency
  where country_code = any($1) and (route_id is null or route_id = $2) and (valid_until is null or valid_until > now())
  order by country_code, route_id nulls last, version desc`;

/** Every message of a day ends in one of these ways: how many in a thousand, its status, its state, and how the ANSWER was. */
const FATES: readonly (readonly [number, number, number | null])[] = [
  [880, STATUS_CODE.delivered, SmsState.DELIVERED],
  [40, STATUS_CODE.undelivered, SmsState.UNDELIVERABLE],
  [25, STATUS_CODE.expired, SmsState.EXPIRED],
  [15, STATUS_CODE.rejected, SmsState.REJECTED],
  [10, STATUS_CODE.rejected, SmsState.LOCAL_REJECTED],
  [10, STATUS_CODE.unknown, SmsState.UNKNOWN],
  // Refused in the ANSWER: no UID that reports speak of, and nothing to pay.
  [20, STATUS_CODE.failed, null],
];

/** A `case` over a number below 1000. */
function byFate(chance: string, value: (fate: (typeof FATES)[number]) => number | null): string {
  let below = 0;
  const arms = FATES.map((fate) => {
    below += fate[0];
    return `when ${chance} < ${below} then ${value(fate) ?? 'null'}`;
  });
  return `case ${arms.join(' ')} end`;
}

/** Hundredths of submissions that are cancelled before they are sent. */
const CANCELLED = 1;

/**
 * One day of traffic, in turn. $1..$9: first and last number of its submissions, its beginning, seed, messages in all, messages a
 * submission, apps, route, numbers of each country. What a submission is follows from its number and the seed alone.
 */
export const PLAN_DAY: readonly string[] = [
  `create temporary table fill_submission on commit drop as
   select n, at, pg_temp.id_of(at, n, $4 + 2, 0) as id, pg_temp.id_of(at + interval '200 ms', n, $4 + 3, n & 4294967295) as attempt_id,
     upper(lpad(to_hex(floor(extract(epoch from at) * 1000)::bigint), 12, '0') || lpad(to_hex(n), 12, '0')) as uid_head,
     ($7::integer[])[1 + pg_temp.pick(n, $4 + 4, cardinality($7::integer[]))] as app_id, country.country_code, country.price_id,
     country.per_segment, country.place as country_place, (1 + pg_temp.pick(n, $4 + 6, 3) / 2)::smallint as segments,
     pg_temp.pick(n, $4 + 7, 100) < ${CANCELLED} as cancelled, least($6, $5 - n * $6)::integer as size
   from generate_series($1::bigint, $2::bigint) as n
   cross join lateral (select $3::timestamptz + pg_temp.pick(n, $4 + 1, 86400000) * interval '1 ms' as at) moment
   join (select *, row_number() over (order by country_code) as place, count(*) over () as countries from fill_price) country
     on country.place = 1 + pg_temp.pick(n, $4 + 5, country.countries)`,
  `create temporary table fill_message on commit drop as
   select s.n, s.id, s.at, s.attempt_id, s.app_id, s.country_code, s.price_id, s.segments, s.cancelled, ordinal,
     number.msisdn, number.hash, m.state is not null and not s.cancelled as accepted,
     case when s.cancelled then ${STATUS_CODE.cancelled} else m.status end as status, case when not s.cancelled then m.state end as state,
     s.at + interval '1 s' + m.delay * interval '1 ms' as ended_at, m.delay,
     case when m.state is not null and not s.cancelled then s.uid_head || upper(lpad(to_hex(ordinal), 8, '0')) end as uid
   from fill_submission s cross join generate_series(1, s.size) as ordinal
   cross join lateral (select s.n * 10000 + ordinal as g offset 0) one
   cross join lateral (select pg_temp.pick(g, $1 + 8, 1000) as chance, (800 * 1.35 ^ pg_temp.pick(g, $1 + 9, 12))::integer as delay offset 0) luck
   cross join lateral (select ${byFate('chance', ([, status]) => status)} as status, ${byFate('chance', ([, , state]) => state)} as state, delay) m
   join fill_number number on number.place = 1000000 * s.country_place + pg_temp.pick(g, $1 + 10, $2)`,
];

/** Stores what was planned. $1 is the route, $2 the seed; in each that names them. */
export const STORE_DAY: readonly string[] = [
  `insert into submission (id, app_id, route_id, lane, created_at, due_at, valid_until, segments, encoding, text, message_count)
   select id, app_id, $1, 0, at, at, at + interval '1 day', segments, 0, 'Your parcel ' || n || ' is on its way.', size
   from fill_submission order by id`,
  // The triggers of the aggregates count them.
  `insert into message (submission_id, ordinal, created_at, app_id, country_code, price_id, route_id, segments, encoding, number_hash,
     msisdn, status, acceptances, sms_state, reason, status_at, sms_uid, attempt_id, delivery_ms)
   select id, ordinal, at, app_id, country_code, price_id, $1, segments, 0, hash, msisdn, status, accepted::integer, state,
     case when not accepted and not cancelled then ${ResultCode.Intercept} end, ended_at, uid,
     case when accepted then attempt_id end, case when status = ${STATUS_CODE.delivered} then 1000 + delay end
   from fill_message order by id, ordinal`,
  `insert into attempt (id, submission_id, worker_id, claimed_at, ended_at, first_ordinal, outcome, result_code, members)
   select attempt_id, id, pg_temp.id_of(at, $1, 11, 0), at + interval '200 ms', at + interval '300 ms', 1, ${AttemptOutcome.answered}, ${ResultCode.OK},
     array(select generate_series(1, size)) from fill_submission where not cancelled order by attempt_id`,
  `insert into sms_uid (answered_at, submission_id, attempt_id, ordinal, uid)
   select at + interval '300 ms', id, attempt_id, ordinal, uid from fill_message where accepted order by id, ordinal`,
  `insert into flow (route_id, lane, app_id) select distinct $1::smallint, 0, app_id from fill_submission on conflict do nothing`,
];

/** The reports that brought the states, as they came. $1: the seed. */
export const STORE_REPORTS_OF_DAY = `insert into report (id, received_at, reported_at, attempt_id, country_code, sms_state, foreign_body, sms_uid, msisdn,
     result_desc, raw)
   select pg_temp.id_of(ended_at, n * 10000 + ordinal, $1 + 12, ordinal), ended_at, ended_at, attempt_id, country_code, state, false, uid, msisdn,
     'state ' || state, json_build_object('METHOD', 'SMS_PUSH_REPORT', 'TYPE', 'REQUEST', 'SERIAL', 1, 'SMS_UID', uid, 'SOURCE_MSISDN', 'CloudSMS',
       'SMS_RESULT_LIST', json_build_array(json_build_object('COUNTRY_CODE', country_code, 'DEST_MSISDN', msisdn, 'SMS_STATE', state)))::text
   from fill_message where accepted order by 1`;

/** The day's entries in the ledger, and the balances. $1: currency, $2: seed. */
export const BOOK_DAY: readonly string[] = [
  `create temporary table fill_entry on commit drop as
   select pg_temp.id_of(at, n, $2 + 20 + step, ordinal) as id, at, app_id, price_id, quantity, kind, from_account, to_account,
     quantity * per_segment as amount, source_id, nullif(ordinal, 0) as ordinal
   from (
     select 0 as step, n, at, app_id, price_id, segments * size as quantity, 'hold' as kind, 'available' as from_account, 'held' as to_account,
       id as source_id, 0 as ordinal
     from fill_submission
     union all
     select 1 + (not accepted)::integer, n, at + interval '300 ms', app_id, price_id, sum(segments), case when accepted then 'post' else 'release' end,
       'held', case when accepted then 'spent' else 'available' end, attempt_id, 0
     from fill_message where not cancelled group by n, at, app_id, price_id, attempt_id, accepted
     union all
     select 3, n, at + interval '1 s', app_id, price_id, segments, 'release', 'held', 'available', id, ordinal from fill_message where cancelled
     union all
     select 4, n, ended_at, app_id, price_id, segments, 'reversal', 'spent', 'available', id, ordinal
     from fill_message where state = ${SmsState.LOCAL_REJECTED}) entry
   join fill_price using (price_id) where $1::text is not null`,
  `insert into ledger_entry (id, at, app_id, price_id, quantity, kind, from_account, to_account, currency, amount, source_id, ordinal)
   select id, at, app_id, price_id, quantity, kind, from_account, to_account, $1, amount, source_id, ordinal from fill_entry order by id`,
  `insert into balance as known (app_id, currency, kind, amount)
   select app_id, $1, kind, sum(amount) from fill_entry group by app_id, kind order by app_id, kind
   on conflict (app_id, currency, kind) do update set amount = known.amount + excluded.amount`,
];

/** What looked for silence behind these attempts has found none. */
export const PASS_SILENCE = `update silence_walk set after_attempt = greatest(after_attempt, passed.id)
   from (select id from attempt where ended_at < now() - interval '51 hours' order by id desc limit 1) passed`;
