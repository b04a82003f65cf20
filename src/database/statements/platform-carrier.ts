import { statement } from '../statement.js';

/**
 * The simulated carrier takes packets over, each once however often it is handed over: the states that it will report, and
 * what the handsets receive. `coalesce` keeps the planner from joining row by row.
 */
export const SUBMIT_TO_CARRIER = statement<object>(
  'platform_submit_to_carrier',
  `with fresh as (
     insert into carrier_submission (packet_id) select * from unnest($1::uuid[])
     on conflict do nothing returning packet_id),
   planned as (
     insert into carrier_event (packet_id, due_at, state, repeat, ordinals)
     select e.packet_id, e.due_at, e.state, e.repeat, e.ordinals::smallint[]
     from unnest($2::uuid[], $3::timestamptz[], $4::bigint[], $5::smallint[], $6::text[]) with ordinality
       as e(packet_id, due_at, state, repeat, ordinals, position)
     where coalesce(e.packet_id in (select packet_id from fresh), false) order by e.position)
   insert into inbox (packet_id, ordinal, number, received_at)
   select i.packet_id, i.ordinal, i.number, $10::timestamptz
   from unnest($7::uuid[], $8::smallint[], $9::text[]) as i(packet_id, ordinal, number)
   where coalesce(i.packet_id in (select packet_id from fresh), false)`,
);

/** A state that some SMS of a packet have reached. */
export interface CarrierEventRow {
  id: number;
  packet_id: string;
  due_at: Date;
  state: number;
  repeat: number;
  ordinals: number[];
}

/**
 * Claims due events, for 10 s of database time. Of each SMS only the earliest that is not stored yet: two processes never learn
 * states of one SMS side by side, so that its reports keep their order.
 */
export const CLAIM_CARRIER_EVENTS = statement<CarrierEventRow>(
  'platform_claim_carrier_events',
  `with picked as (
     select c.id from carrier_event c
     where c.due_at <= $1::timestamptz and (c.lease_until is null or c.lease_until < now())
       and not exists (
         select from carrier_event e where e.packet_id = any (array[c.packet_id])
           and (e.due_at + interval '0', e.id + 0) < (c.due_at, c.id) and e.ordinals && c.ordinals)
     order by c.due_at limit $2::integer for update skip locked),
   claimed as (
     update carrier_event e set lease_until = now() + interval '10 seconds' from picked where e.id = any (array[picked.id])
     returning e.id, e.packet_id, e.due_at, e.state, e.repeat, e.ordinals)
   select * from claimed order by due_at, id`,
);

/** Events that the platform has stored are over. */
export const END_CARRIER_EVENTS = statement<object>(
  'platform_end_carrier_events',
  'delete from carrier_event e using unnest($1::bigint[]) as d(id) where e.id = any (array[d.id])',
);

/** When the next event is due, if there is one. */
export const NEXT_CARRIER_EVENT = statement<{ due_at: Date }>(
  'platform_next_carrier_event',
  'select due_at from carrier_event order by due_at limit 1',
);

/** What of a packet is still to be told to its customer: events that are due by $2, and reports that were never pushed. */
export const COUNT_UNTOLD = statement<{ untold: number }>(
  'platform_count_untold',
  `select (select count(*) from handover where packet_id = $1::uuid)
     + (select count(*) from carrier_event where packet_id = $1::uuid and due_at <= $2::timestamptz)
     + (select count(*) from report_push where packet_id = $1::uuid and (attempts = 0 or lease_until > now())
         and reported_at <= $2::timestamptz) as untold`,
);

/** A text that a simulated handset has received. */
export interface InboxRow {
  packet_id: string;
  ordinal: number;
  received_at: Date;
  sender: string;
  number: string;
  content: string;
  encoding: number;
}

/** What the handset of a number has received, oldest first. */
export const READ_INBOX = statement<InboxRow>(
  'platform_read_inbox',
  `with found as materialized (select packet_id, ordinal, received_at, number from inbox where number = $1)
   select i.*, p.sender, p.content, p.encoding from found i join packet p on p.id = any (array[i.packet_id])
   order by i.packet_id, i.ordinal limit $2::integer`,
);
