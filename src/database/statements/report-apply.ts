import { nullableArray, plainArray, statement, textArray } from '../statement.js';
import { appendChanges } from './outbox-append.js';

/** New columns of a message; times in milliseconds of business time. */
export interface MessageUpdate {
  readonly submissionId: string;
  readonly ordinal: number;
  readonly status: number;
  readonly smsState: number | null;
  /** `undefined`: as it was. */
  readonly statusAt: number | undefined;
  readonly smsUid: string | null;
  /** Whether clients are told, and the code of the final status that is corrected. */
  readonly isTold: boolean;
  readonly corrects: number | undefined;
  /** The attempt that was accepted first. */
  readonly attemptId: string | null;
  /** Acceptances that nobody knew of, beyond the first. */
  readonly more: number;
  /** Milliseconds from when it was due to the earliest report that says delivered. */
  readonly deliveryMs: number | null;
}

/** An acceptance beyond the first, as reports have it. */
export interface FurtherUpdate {
  readonly submissionId: string;
  readonly ordinal: number;
  readonly attemptId: string;
  readonly smsUid: string;
  readonly smsState: number;
  /** Milliseconds of business time. */
  readonly at: number;
}

/** A UID that a report taught us, and the message and attempt that it belongs to. */
export interface LearnedUid {
  readonly uid: string;
  readonly submissionId: string;
  readonly ordinal: number;
  readonly attemptId: string;
}

/** A doubt that a report has ended. */
export interface SettledDoubt {
  readonly submissionId: string;
  readonly ordinal: number;
  readonly attemptId: string;
}

/** An entry of the ledger; its amount is quantity × the price, computed by PostgreSQL. */
export interface LedgerLine {
  /** UUIDv7 of the real clock. */
  readonly id: string;
  readonly appId: number;
  readonly priceId: number;
  /** Segments. */
  readonly quantity: number;
  readonly kind: string;
  readonly from: string;
  readonly to: string;
  /** The attempt, or with `ordinal` the submission. */
  readonly sourceId: string;
  readonly ordinal: number | undefined;
}

/** A report that is kept from being applied, and where it claimed to belong. */
export interface ReportAlarm {
  readonly reportId: string;
  readonly cause: string;
  readonly submissionId: string;
  readonly ordinal: number;
}

/** Everything that a batch of reports changes. No row is named twice in any of its lists. */
export interface ReportChanges {
  /** Business time, in milliseconds. */
  readonly now: number;
  readonly messages: readonly MessageUpdate[];
  readonly learned: readonly LearnedUid[];
  readonly doubts: readonly SettledDoubt[];
  readonly further: readonly FurtherUpdate[];
  readonly ledger: readonly LedgerLine[];
  readonly alarms: readonly ReportAlarm[];
  /** Reports that are done with, applied or not. */
  readonly done: readonly string[];
  /** Reports whose send has not turned up; pause in milliseconds of database time. */
  readonly retries: readonly { readonly reportId: string; readonly pause: number }[];
}

/**
 * Writes what a batch of reports changes, in one statement. The messages' and the queue's rows are locked already; balance
 * rows are locked in the order of their key, after the messages, as everywhere. The messages are not said to be between two
 * ids: with some thousand messages in the statistics PostgreSQL would read all between, once, and look through them for each
 * (docs/decisions/0013-no-range-around-a-batch.md).
 */
export const APPLY_REPORTS = statement<object>(
  'report_apply',
  `with changed as (
     update message set status = change.status, sms_state = change.sms_state,
       status_at = greatest(message.status_at, to_timestamp(change.status_at / 1000)), sms_uid = change.sms_uid,
       delivery_ms = change.delivery_ms,
       acceptances = greatest(message.acceptances, 1) + change.more, attempt_id = change.attempt_id,
       reason = case when message.status = change.status then message.reason end
     from unnest($2::uuid[], $3::integer[], $4::smallint[], $5::integer[], $6::float8[], $7::text[], $31::boolean[],
       $32::smallint[], $33::smallint[], $34::uuid[], $41::integer[])
       as change (submission_id, ordinal, status, sms_state, status_at, sms_uid, is_told, corrects,
         more, attempt_id, delivery_ms)
     where message.submission_id = any (array[change.submission_id]) and message.ordinal = change.ordinal
     returning message.app_id, message.submission_id, message.ordinal, message.status, message.status_at,
       message.sms_state, change.is_told, change.corrects),
   told as (${appendChanges(`
     select app_id, submission_id, ordinal, status, status_at as at, corrects as previous, sms_state,
       null::integer as reason
     from changed where is_told`)}),
   learned as (
     insert into sms_uid (uid, submission_id, ordinal, attempt_id)
     select uid, submission_id, ordinal, attempt_id
     from unnest($8::text[], $9::uuid[], $10::integer[], $11::uuid[]) as known (uid, submission_id, ordinal, attempt_id)
     on conflict do nothing),
   further as (
     insert into acceptance (submission_id, ordinal, attempt_id, sms_uid, sms_state, accepted_at)
     select submission_id, ordinal, attempt_id, sms_uid, sms_state, to_timestamp(at / 1000)
     from unnest($35::uuid[], $36::integer[], $37::uuid[], $38::text[], $39::integer[], $40::float8[])
       as second (submission_id, ordinal, attempt_id, sms_uid, sms_state, at)
     on conflict (submission_id, ordinal, attempt_id)
     do update set sms_uid = excluded.sms_uid, sms_state = excluded.sms_state),
   settled as (
     delete from doubt
     using unnest($12::uuid[], $13::integer[], $14::uuid[]) as proof (submission_id, ordinal, attempt_id)
     where doubt.submission_id = any (array[proof.submission_id]) and doubt.ordinal = proof.ordinal
       and doubt.attempt_id = proof.attempt_id),
   alarmed as (
     insert into report_alarm (report_id, raised_at, cause, submission_id, ordinal)
     select report_id, to_timestamp($1::float8 / 1000), cause, submission_id, ordinal
     from unnest($15::uuid[], $16::text[], $17::uuid[], $18::integer[]) as alarm (report_id, cause, submission_id, ordinal)
     on conflict do nothing),
   done as (
     delete from report_queue using unnest($19::uuid[]) as ended (report_id)
     where report_queue.report_id = any (array[ended.report_id])),
   postponed as (
     update report_queue set due_at = now() + retry.pause * interval '1 millisecond',
       tries = least(report_queue.tries + 1, 32767)
     from unnest($20::uuid[], $21::float8[]) as retry (report_id, pause)
     where report_queue.report_id = any (array[retry.report_id])),
   entered as (
     insert into ledger_entry (id, at, app_id, price_id, quantity, kind, from_account, to_account, currency, amount,
       source_id, ordinal)
     select line.id, to_timestamp($1::float8 / 1000), line.app_id, line.price_id, line.quantity, line.kind,
       line.from_account, line.to_account, price.currency, line.quantity * price.per_segment, line.source_id, line.ordinal
     from unnest($22::uuid[], $23::integer[], $24::integer[], $25::bigint[], $26::text[], $27::text[], $28::text[],
       $29::uuid[], $30::integer[])
       as line (id, app_id, price_id, quantity, kind, from_account, to_account, source_id, ordinal)
     join price on price.id = any (array[line.price_id])
     returning app_id, currency, kind, amount)
   insert into balance (app_id, currency, kind, amount)
   select app_id, currency, kind, sum(amount) from entered group by app_id, currency, kind order by app_id, currency, kind
   on conflict (app_id, currency, kind) do update set amount = balance.amount + excluded.amount`,
);

/** The parameters of `APPLY_REPORTS`. */
export function applyReportsParameters(changes: ReportChanges): unknown[] {
  const { messages, learned, doubts, alarms, retries, ledger, further } = changes;
  return [
    changes.now,
    plainArray(messages.map((row) => row.submissionId)),
    plainArray(messages.map((row) => row.ordinal)),
    plainArray(messages.map((row) => row.status)),
    nullableArray(messages.map((row) => row.smsState)),
    nullableArray(messages.map((row) => row.statusAt)),
    textArray(messages.map((row) => row.smsUid)),
    textArray(learned.map((row) => row.uid)),
    plainArray(learned.map((row) => row.submissionId)),
    plainArray(learned.map((row) => row.ordinal)),
    plainArray(learned.map((row) => row.attemptId)),
    plainArray(doubts.map((row) => row.submissionId)),
    plainArray(doubts.map((row) => row.ordinal)),
    plainArray(doubts.map((row) => row.attemptId)),
    plainArray(alarms.map((row) => row.reportId)),
    plainArray(alarms.map((row) => row.cause)),
    plainArray(alarms.map((row) => row.submissionId)),
    plainArray(alarms.map((row) => row.ordinal)),
    plainArray(changes.done),
    plainArray(retries.map((row) => row.reportId)),
    plainArray(retries.map((row) => row.pause)),
    ...ledgerParameters(ledger),
    plainArray(messages.map((row) => row.isTold)),
    nullableArray(messages.map((row) => row.corrects)),
    plainArray(messages.map((row) => row.more)),
    nullableArray(messages.map((row) => row.attemptId)),
    plainArray(further.map((row) => row.submissionId)),
    plainArray(further.map((row) => row.ordinal)),
    plainArray(further.map((row) => row.attemptId)),
    textArray(further.map((row) => row.smsUid)),
    plainArray(further.map((row) => row.smsState)),
    plainArray(further.map((row) => row.at)),
    nullableArray(messages.map((row) => row.deliveryMs)),
  ];
}

function ledgerParameters(ledger: readonly LedgerLine[]): string[] {
  return [
    plainArray(ledger.map((line) => line.id)),
    plainArray(ledger.map((line) => line.appId)),
    plainArray(ledger.map((line) => line.priceId)),
    plainArray(ledger.map((line) => line.quantity)),
    plainArray(ledger.map((line) => line.kind)),
    plainArray(ledger.map((line) => line.from)),
    plainArray(ledger.map((line) => line.to)),
    plainArray(ledger.map((line) => line.sourceId)),
    nullableArray(ledger.map((line) => line.ordinal)),
  ];
}
