import { statement } from '../statement.js';

/**
 * Takes packets of one account in and stores all that follows from it, or does nothing: the meter's row is changed first, and
 * everything else hangs on it.
 *
 * Without an expected version (null), the packets as a whole must fit: their sum in the balance, their SMS in the rate's
 * bucket and in the queue. With one, the caller has judged by what he read under that version, and it must still hold.
 *
 * LOCAL_REJECTED SMS (state not null) go straight to the report queue, the others to the carrier's.
 *
 * @returns one row when it was done, none when it did not fit or the version has gone
 */
export const TAKE_IN_PACKETS = statement<{ account_id: number }>(
  'platform_take_in_packets',
  `with meter as (
     update balance b set
       amount = b.amount - $2::numeric,
       version = b.version + 1,
       waiting = b.waiting + $4::bigint,
       tokens = least(a.rate_per_second, b.tokens + a.rate_per_second
         * greatest(0, extract(epoch from clock_timestamp() - b.tokens_at))::double precision) - $3::integer,
       tokens_at = clock_timestamp()
     from account a
     where b.account_id = $1::integer and a.id = b.account_id and case
       when $5::bigint is null then b.amount >= $2::numeric
         and b.waiting + $4::bigint <= a.queue_limit
         and least(a.rate_per_second, b.tokens + a.rate_per_second
           * greatest(0, extract(epoch from clock_timestamp() - b.tokens_at))::double precision) >= $3::integer
       else b.version = $5::bigint end
     returning b.account_id, a.currency),
   packets as (
     insert into packet (id, accepted_at, account_id, route_id, encoding, segments, lane, sender, content, customer_body)
     select p.id, p.accepted_at, meter.account_id, p.route_id, p.encoding, p.segments, p.lane, p.sender, p.content,
       p.customer_body
     from meter, unnest($6::uuid[], $7::timestamptz[], $8::integer[], $9::smallint[], $10::smallint[], $11::smallint[],
       $12::text[], $13::text[], $14::text[])
       as p(id, accepted_at, route_id, encoding, segments, lane, sender, content, customer_body)),
   numbers as (
     select meter.account_id, ($6::uuid[])[n.packet] as packet_id, n.packet, n.ordinal, n.country_code, n.msisdn,
       n.price_id, n.reject_cause
     from meter, unnest($15::integer[], $16::smallint[], $17::integer[], $18::text[], $19::integer[], $20::smallint[])
       as n(packet, ordinal, country_code, msisdn, price_id, reject_cause)),
   stored as (
     insert into sms (packet_id, ordinal, country_code, msisdn, price_id, reject_cause, state, precedence, state_at)
     select packet_id, ordinal, country_code, msisdn, price_id, reject_cause,
       case when reject_cause is not null then 60 end,
       case when reject_cause is not null then 9 else 0 end,
       case when reject_cause is not null then ($7::timestamptz[])[packet] end
     from numbers),
   queued as (
     insert into handover (packet_id, accepted_at, account_id, lane, sms)
     select packet_id, ($7::timestamptz[])[packet], account_id, ($11::smallint[])[packet], count(*)
     from numbers where reject_cause is null group by packet_id, account_id, packet),
   watched as (
     insert into expiry_watch (packet_id, expires_at)
     select packet_id, ($7::timestamptz[])[packet] + interval '25 hours'
     from numbers where reject_cause is null group by packet_id, packet),
   rejected as (
     insert into report_push (account_id, packet_id, ordinal, state, reported_at, since, due_at)
     select account_id, packet_id, ordinal, 60, at, at, at
     from (select *, ($7::timestamptz[])[packet] as at from numbers where reject_cause is not null) r
     order by packet, ordinal),
   debits as (
     insert into ledger_entry (id, at, packet_id, account_id, price_id, quantity, kind, currency, amount)
     select l.id, ($7::timestamptz[])[l.packet], ($6::uuid[])[l.packet], meter.account_id, l.price_id, l.quantity, 'debit',
       meter.currency, - l.amount
     from meter, unnest($21::uuid[], $22::integer[], $23::integer[], $24::integer[], $25::numeric[])
       as l(id, packet, price_id, quantity, amount))
   select account_id from meter`,
);

/** What an account may take now, for a judgement packet by packet. */
export interface MeterRow {
  amount: string;
  version: number;
  waiting: number;
  tokens: number;
  rate_per_second: number;
  queue_limit: number;
}

/** Reads an account's meter, its bucket filled up to now. */
export const READ_METER = statement<MeterRow>(
  'platform_read_meter',
  `select b.amount, b.version, b.waiting, a.rate_per_second, a.queue_limit,
     least(a.rate_per_second, b.tokens + a.rate_per_second
       * greatest(0, extract(epoch from clock_timestamp() - b.tokens_at))::double precision) as tokens
   from balance b join account a on a.id = b.account_id where b.account_id = $1`,
);
