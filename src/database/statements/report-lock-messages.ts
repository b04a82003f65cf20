import { plainArray, statement } from '../statement.js';
import { UID_PERIOD } from './report-take.js';

/** A message that reports speak of. */
export interface MessageToLock {
  readonly submissionId: string;
  readonly ordinal: number;
  /** Whether it matters which attempt its UID belongs to. */
  readonly checkUid: boolean;
}

/** A message as it stands, its row locked until the end of the transaction. */
export interface LockedMessage {
  submission_id: string;
  ordinal: number;
  app_id: number;
  price_id: number;
  segments: number;
  status: number;
  acceptances: number;
  sms_state: number | null;
  sms_uid: string | null;
  uid_attempt_id: string | null;
  /** E.164 digits; null once retention has taken the number. */
  digits: string | null;
  /** Keyed hash of the number where `digits` is null; text, since it has 64 bits. */
  number_hash: string | null;
}

/** Locks messages in the order of their key, as every statement does that locks more than one, and reads them. */
export const LOCK_MESSAGES = statement<LockedMessage>(
  'report_lock_messages',
  `select message.submission_id, message.ordinal, message.app_id, message.price_id, message.segments, message.status,
     message.acceptances, message.sms_state, message.sms_uid, message.country_code || message.msisdn as digits,
     case when message.msisdn is null then message.number_hash::text end as number_hash,
     case when wanted.check_uid and message.sms_uid is not null then (
       select attempt_id from sms_uid where uid = message.sms_uid and ${UID_PERIOD}
       order by answered_at desc limit 1) end as uid_attempt_id
   from unnest($1::uuid[], $2::integer[], $3::boolean[]) as wanted (submission_id, ordinal, check_uid)
   join message on message.submission_id = any (array[wanted.submission_id]) and message.ordinal = wanted.ordinal
   order by wanted.submission_id, wanted.ordinal
   for update of message`,
);

/** The parameters of `LOCK_MESSAGES`; no message may be named twice. */
export function lockMessagesParameters(messages: readonly MessageToLock[]): unknown[] {
  return [
    plainArray(messages.map(({ submissionId }) => submissionId)),
    plainArray(messages.map(({ ordinal }) => ordinal)),
    plainArray(messages.map(({ checkUid }) => checkUid)),
  ];
}
