/** A message as queries read it; see `MESSAGE_COLUMNS`. */
export interface MessageRow {
  submission_id: string;
  ordinal: number;
  created_at: Date;
  due_at: Date;
  valid_until: Date;
  country_code: number;
  /** Null once retention has taken the number. */
  msisdn: string | null;
  sender: string | null;
  route: string;
  segments: number;
  encoding: number;
  /** Code of the stored status. */
  status: number;
  reason: number | null;
  status_at: Date | null;
  acceptances: number;
  sms_state: number | null;
  sms_uid: string | null;
  metadata: Record<string, unknown> | null;
  /** Decimal text, for one segment. */
  per_segment: string;
  currency: string;
  /** The packet that it waits in; null once it is in none. */
  packet_sending: boolean | null;
  packet_tries: number | null;
  packet_due_at: Date | null;
  packet_claimed_at: Date | null;
  /** Acceptances beyond the first, oldest first; null where there is none. */
  further: { sms_uid: string | null; sms_state: number | null }[] | null;
}

/**
 * The packet that holds a message: groups are consecutive but for a number's second SMS, which is in a later packet, and what
 * is retried, which keeps its ordinals; so it begins at most a submission's length before it, and mostly just before.
 */
export const packetOf = (message: string, columns: string): string => `
  select ${columns} from packet
  where packet.submission_id = ${message}.submission_id
    and packet.first_ordinal between ${message}.ordinal - 10000 and ${message}.ordinal
    and ${message}.ordinal = any(packet.members)
  order by packet.first_ordinal desc limit 1`;

/** The columns of a `MessageRow`, of `found` (rows of `message`) and what `MESSAGE_JOINS` joins to it. */
export const MESSAGE_COLUMNS = `found.submission_id, found.ordinal, found.created_at, submission.due_at,
  submission.valid_until, found.country_code, found.msisdn, submission.sender, route.name as route, found.segments,
  found.encoding, found.status, found.reason, found.status_at, found.acceptances, found.sms_state, found.sms_uid,
  submission.metadata, price.per_segment::text as per_segment, price.currency, waiting.packet_sending,
  waiting.packet_tries, waiting.packet_due_at, waiting.packet_claimed_at, further.further`;

/** What belongs to each message of `found`. Joined as docs/decisions/0007 says, so that no plan reads a table whole. */
export const MESSAGE_JOINS = `join submission on submission.id = any (array[found.submission_id])
  join route on route.id = any (array[found.route_id])
  join price on price.id = any (array[found.price_id])
  left join lateral (${packetOf(
    'found',
    `attempt_id is not null as packet_sending, tries as packet_tries, due_at as packet_due_at,
    claimed_at as packet_claimed_at`,
  )}) waiting on found.status = 0
  left join lateral (
    select json_agg(json_build_object('sms_uid', sms_uid, 'sms_state', sms_state) order by accepted_at) as further
    from acceptance
    where found.acceptances > 1 and acceptance.submission_id = found.submission_id
      and acceptance.ordinal = found.ordinal) further on true`;
