import { statement } from '../statement.js';

/** A packet on its way to the carrier, with the numbers that go there. */
export interface HandoverRow {
  packet_id: string;
  account_id: number;
  accepted_at: Date;
  lane: number;
  sender: string;
  /** The formatted text as a JSON string. */
  content: string;
  encoding: number;
  segments: number;
  ordinals: number[];
  country_codes: number[];
  msisdns: string[];
}

/**
 * Claims packets of a lane for the carrier, some of each account ($2 at the most), $3 in all. The order of the accounts is
 * another with each $4, so that none is always last. The lease is 10 s of database time.
 */
export const CLAIM_HANDOVERS = statement<HandoverRow>(
  'platform_claim_handovers',
  `with picked as (
     select h.packet_id from (select id from account order by hashint4(id # $4::integer)) a
     cross join lateral (
       select packet_id from handover
       where account_id = a.id and lane = $1::smallint and (lease_until is null or lease_until < now())
       order by accepted_at limit $2::integer for update skip locked) h
     limit $3::integer),
   claimed as (
     update handover h set lease_until = now() + interval '10 seconds' from picked
     where h.packet_id = any (array[picked.packet_id]) returning h.packet_id, h.account_id)
   select c.packet_id, c.account_id, p.accepted_at, p.lane, p.sender, p.content, p.encoding, p.segments, n.*
   from claimed c join packet p on p.id = any (array[c.packet_id])
   cross join lateral (
     select array_agg(s.ordinal order by s.ordinal) as ordinals, array_agg(s.country_code order by s.ordinal) as
       country_codes, array_agg(s.msisdn order by s.ordinal) as msisdns
     from sms s where s.packet_id = c.packet_id and s.reject_cause is null) n
   order by p.accepted_at, c.packet_id`,
);

/** The carrier has taken packets over: they leave the queue, and their accounts may queue more. */
export const END_HANDOVERS = statement<object>(
  'platform_end_handovers',
  `with gone as (
     delete from handover h using unnest($1::uuid[]) as d(packet_id) where h.packet_id = any (array[d.packet_id])
     returning h.account_id, h.sms),
   freed as (select account_id, sum(sms)::bigint as sms from gone group by account_id),
   locked as (
     select b.account_id, freed.sms from freed join balance b on b.account_id = any (array[freed.account_id])
     order by b.account_id for update of b)
   update balance b set waiting = b.waiting - locked.sms
   from locked where b.account_id = any (array[locked.account_id])`,
);

/** The carrier did not take packets: they are claimed again in a while. */
export const DELAY_HANDOVERS = statement<object>(
  'platform_delay_handovers',
  `update handover h set lease_until = now() + interval '5 seconds'
   from unnest($1::uuid[]) as d(packet_id) where h.packet_id = any (array[d.packet_id])`,
);
