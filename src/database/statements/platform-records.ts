import { statement } from '../statement.js';

/** An SMS of an account, as operators and statements see it: what became of it and what it cost, without its text. */
export interface SmsRecordRow {
  packet_id: string;
  ordinal: number;
  accepted_at: Date;
  country_code: number;
  msisdn: string;
  segments: number;
  /** SMS_STATE; null: nothing is known yet. */
  state: number | null;
  reject_cause: number | null;
  /** The price that held when it was accepted, in the account's currency. */
  per_segment: string | null;
}

/** A row of LIST_SMS_RECORDS: an SMS, or (ordinal null) none, and how far was looked. */
export interface ListedSmsRow extends Omit<SmsRecordRow, 'packet_id' | 'ordinal'> {
  packet_id: string | null;
  ordinal: number | null;
  sender: string;
  /** SMPP data coding. */
  encoding: number;
  state_at: Date | null;
  route: string | null;
  walked: number;
  reached_at: Date;
  reached_id: string;
}

/** What was charged for, or, for an SMS that was not, what held then. */
const PRICE = `cross join lateral (
     select coalesce(
       (select p.per_segment from price p where p.id = any (array[s.price_id])),
       (select p.per_segment from price p
        where p.account_id = $1::integer and p.country_code = any (array[s.country_code]) and p.valid_from <= k.accepted_at
        order by p.valid_from desc, p.id desc limit 1)) as per_segment) c`;

/**
 * SMS of an account ($1), newest packet first and in the order of its list, after a position (time $2, packet $3, place $4) and
 * not before a time ($5), that match number ($6: country code and number in one), country ($7) and states ($8; -1: nothing
 * known yet). At most $9 packets are looked at and $10 SMS returned; `walked` says how many packets were.
 */
export const LIST_SMS_RECORDS = statement<ListedSmsRow>(
  'platform_list_sms_records',
  `with walked as materialized (
     select id, accepted_at, route_id, encoding, segments, sender from packet
     where account_id = $1::integer and accepted_at <= $2::timestamptz and (accepted_at, id) <= ($2::timestamptz, $3::uuid)
       and accepted_at >= $5::timestamptz
     order by accepted_at desc, id desc limit $9::integer),
   found as (
     select k.id as packet_id, s.ordinal, k.accepted_at, s.country_code, s.msisdn, k.segments, s.state, s.state_at,
       s.reject_cause, c.per_segment, k.sender, k.encoding, k.route_id
     from walked k join sms s on s.packet_id = any (array[k.id])
     ${PRICE}
     where (k.id <> $3::uuid or s.ordinal > $4::integer)
       and ($6::text is null or s.country_code::text || s.msisdn = $6)
       and ($7::integer is null or s.country_code = $7)
       and ($8::bigint[] is null or coalesce(s.state, -1) = any ($8))
     order by k.accepted_at desc, k.id desc, s.ordinal limit $10::integer)
   select f.*, r.name as route, n.walked, n.reached_at, n.reached_id
   from (select count(*) as walked, min(accepted_at) as reached_at,
           (array_agg(id order by accepted_at, id))[1] as reached_id from walked) n
   left join found f on true
   left join route r on r.id = any (array[f.route_id])
   where n.walked > 0
   order by f.accepted_at desc, f.packet_id desc, f.ordinal`,
);

/** One SMS of an account ($1), by packet ($2) and place ($3). */
export const FIND_SMS_RECORD = statement<ListedSmsRow>(
  'platform_find_sms_record',
  `select k.id as packet_id, s.ordinal, k.accepted_at, s.country_code, s.msisdn, k.segments, s.state, s.state_at,
     s.reject_cause, c.per_segment, k.sender, k.encoding, r.name as route, 1 as walked, k.accepted_at as reached_at,
     k.id as reached_id
   from packet k join sms s on s.packet_id = $2::uuid and s.ordinal = $3::smallint
   ${PRICE}
   left join route r on r.id = any (array[k.route_id])
   where k.id = $2::uuid and k.account_id + 0 = $1::integer`,
);

/**
 * A stretch of an account's statement: the SMS of the $5 packets that follow a position (time $2, packet $3), accepted before
 * $4; oldest first and in the order of their lists. Empty: that was all.
 */
export const READ_STATEMENT = statement<SmsRecordRow>(
  'platform_read_statement',
  `with k as materialized (
     select id, accepted_at, segments from packet
     where account_id = $1::integer and accepted_at >= $2::timestamptz and (accepted_at, id) > ($2::timestamptz, $3::uuid)
       and accepted_at < $4::timestamptz
     order by accepted_at, id limit $5::integer)
   select k.id as packet_id, s.ordinal, k.accepted_at, s.country_code, s.msisdn, k.segments, s.state, s.reject_cause,
     c.per_segment
   from k join sms s on s.packet_id = any (array[k.id])
   ${PRICE}
   order by k.accepted_at, k.id, s.ordinal`,
);
