import { statement } from '../statement.js';

/** A report that was pushed in vain for 24 hours. */
export interface ParkedRow {
  id: number;
  packet_id: string;
  ordinal: number;
  account: string;
  state: number;
  reported_at: Date;
  parked_at: Date;
  attempts: number;
  last_error: string | null;
}

const COLUMNS = `p.id, p.packet_id, p.ordinal, a.name as account, p.state, p.reported_at, p.parked_at, p.attempts,
  p.last_error`;

/** Parked reports after one of them (reported at $1, id $2), in the order in which they were learnt. */
export const LIST_PARKED = statement<ParkedRow>(
  'platform_list_parked',
  `select ${COLUMNS} from parked_report p join account a on a.id = any (array[p.account_id])
   where p.reported_at >= $1::timestamptz and (p.reported_at, p.id) > ($1::timestamptz, $2::bigint)
   order by p.reported_at, p.id limit $3::integer`,
);

/** The same of one account ($4). */
export const LIST_PARKED_OF_ACCOUNT = statement<ParkedRow>(
  'platform_list_parked_of_account',
  `select ${COLUMNS} from parked_report p join account a on a.id = any (array[p.account_id])
   where p.account_id = $4::integer and p.reported_at >= $1::timestamptz
     and (p.reported_at, p.id) > ($1::timestamptz, $2::bigint)
   order by p.reported_at, p.id limit $3::integer`,
);

/** Parked reports are pushed again from $2 on, for 24 hours; under their old ids, so that each SMS's keep their order. */
export const REPUSH_PARKED = statement<{ id: number }>(
  'platform_repush_parked',
  `with gone as (
     delete from parked_report p using unnest($1::bigint[]) as d(id) where p.id = any (array[d.id]) returning p.*),
   queued as (
     insert into report_push (id, packet_id, reported_at, since, due_at, state, account_id, ordinal, attempts, last_error)
     overriding system value
     select id, packet_id, reported_at, $2::timestamptz, $2::timestamptz, state, account_id, ordinal, 0, last_error
     from gone returning id)
   select id from queued`,
);
