import { plainArray, statement } from '../statement.js';

/** A message that reports speak of. */
export interface MessageToLock {
  readonly submissionId: string;
  readonly ordinal: number;
}

/** A message as it stands, its row locked until the end of the transaction. */
export interface LockedMessage {
  submission_id: string;
  ordinal: number;
  app_id: number;
  route_id: number;
  price_id: number;
  segments: number;
  status: number;
  acceptances: number;
  sms_state: number | null;
  sms_uid: string | null;
  /** The attempt that was accepted first. */
  attempt_id: string | null;
  /** Milliseconds from when it was due to the earliest report that says delivered. */
  delivery_ms: number | null;
  /** Milliseconds of business time. */
  due_at: number;
  /** E.164 digits; null once retention has taken the number. */
  digits: string | null;
  /** Keyed hash of the number where `digits` is null; text, since it has 64 bits. */
  number_hash: string | null;
}

/** Locks messages in the order of their key, as every statement does that locks more than one, and reads them. */
export const LOCK_MESSAGES = statement<LockedMessage>(
  'report_lock_messages',
  `select message.submission_id, message.ordinal, message.app_id, message.route_id, message.price_id, message.segments,
     message.status, message.acceptances, message.sms_state, message.sms_uid, message.delivery_ms,
     message.country_code || message.msisdn as digits, extract(epoch from submission.due_at)::float8 * 1000 as due_at,
     case when message.msisdn is null then message.number_hash::text end as number_hash,
     message.attempt_id
   from unnest($1::uuid[], $2::integer[]) as wanted (submission_id, ordinal)
   join message on message.submission_id = any (array[wanted.submission_id]) and message.ordinal = wanted.ordinal
   join submission on submission.id = any (array[wanted.submission_id])
   order by wanted.submission_id, wanted.ordinal
   for update of message`,
);

/** The parameters of `LOCK_MESSAGES` and `FIND_ACCEPTANCES`; no message may be named twice. */
export function lockMessagesParameters(messages: readonly MessageToLock[]): unknown[] {
  return [
    plainArray(messages.map(({ submissionId }) => submissionId)),
    plainArray(messages.map(({ ordinal }) => ordinal)),
  ];
}

/** An acceptance of a message beyond its first. */
export interface AcceptanceRow {
  submission_id: string;
  ordinal: number;
  attempt_id: string;
  sms_uid: string | null;
  sms_state: number | null;
}

/**
 * The further acceptances of messages, oldest first. By a statement of its own: whoever stores one holds the message's lock,
 * so that what is read after locking is all there is.
 */
export const FIND_ACCEPTANCES = statement<AcceptanceRow>(
  'report_find_acceptances',
  `select acceptance.submission_id, acceptance.ordinal, acceptance.attempt_id, acceptance.sms_uid, acceptance.sms_state
   from unnest($1::uuid[], $2::integer[]) as wanted (submission_id, ordinal)
   join acceptance on acceptance.submission_id = any (array[wanted.submission_id])
     and acceptance.ordinal = wanted.ordinal
   order by acceptance.accepted_at, acceptance.attempt_id`,
);
