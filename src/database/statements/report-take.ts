import { statement } from '../statement.js';

/** A queued report, with the message that its UID belongs to where that is known. */
export interface TakenReport {
  id: string;
  tries: number;
  /** Milliseconds, as `at`: numbers cost a tenth of what dates do to read. */
  received_at: number;
  /** When the platform learned the state, else when it was received. */
  at: number;
  /** From CUSTOMER_BODY. */
  attempt_id: string | null;
  /** COUNTRY_CODE and DEST_MSISDN in one. */
  digits: string;
  sms_state: number;
  foreign_body: boolean;
  sms_uid: string;
  uid_submission_id: string | null;
  uid_ordinal: number | null;
  uid_attempt_id: string | null;
}

/**
 * How far back a UID is looked for, in days of real time: a report comes within 25 hours of its send and is pushed for 24 more;
 * the rest is for an operator's pushing it again. Bounds both ways leave the partitions out that can't have it.
 */
export const UID_PERIOD = `answered_at > now() - interval '8 days' and answered_at < now() + interval '1 hour'`;

/**
 * Takes up to $1 reports that are due, oldest first, and locks their queue rows until the end of the transaction; other
 * workers pass them by. In the order of their arrival.
 */
export const TAKE_REPORTS = statement<TakenReport>(
  'report_take',
  `with taken as (
     select report_id, tries from report_queue where due_at <= now() order by due_at limit $1 for update skip locked)
   select report.id, taken.tries, date_part('epoch', report.received_at) * 1000 as received_at,
     date_part('epoch', coalesce(report.reported_at, report.received_at)) * 1000 as at,
     report.attempt_id, report.country_code || report.msisdn as digits, report.sms_state, report.foreign_body,
     report.sms_uid, known.submission_id as uid_submission_id, known.ordinal as uid_ordinal,
     known.attempt_id as uid_attempt_id
   from taken
   join report on report.id = any (array[taken.report_id])
   left join lateral (
     select submission_id, ordinal, attempt_id from sms_uid
     where uid = report.sms_uid and ${UID_PERIOD}
     order by answered_at desc limit 1) known on true
   order by taken.report_id`,
);
