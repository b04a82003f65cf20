import { nullableArray, plainArray, statement, textArray } from '../statement.js';

/** A row of `report` without its id: one entry of one packet. Times in milliseconds of business time. */
export interface ReportRow {
  readonly receivedAt: number;
  readonly reportedAt: number | undefined;
  readonly attemptId: string | undefined;
  readonly foreignBody: boolean;
  readonly countryCode: number;
  readonly msisdn: string;
  readonly smsState: number;
  readonly smsUid: string;
  readonly description: string | undefined;
  /** The packet, as received: JSON text. */
  readonly raw: string;
}

/**
 * Stands between the raw packets, which go in as one text: quoting every quote of every packet would cost Node more than all
 * other columns together. JSON text can't contain it, in strings or between them (RFC 8259).
 */
const UNIT_SEPARATOR = '\u001f';

/** Channel on which workers are told that reports wait to be applied. */
export const REPORT_CHANNEL = 'gateway_report';

/** Stores report entries, queues them to be applied, and may call the workers: one commit for a whole flush. */
export const STORE_REPORTS = statement<object>(
  'report_store',
  `with stored as (
     insert into report (id, received_at, reported_at, attempt_id, country_code, sms_state, foreign_body, sms_uid, msisdn,
       result_desc, raw)
     select id, to_timestamp(received_at / 1000), to_timestamp(reported_at / 1000), attempt_id, country_code, sms_state,
       foreign_body, sms_uid, msisdn, result_desc, raw
     from unnest($1::uuid[], $2::float8[], $3::float8[], $4::uuid[], $5::bigint[], $6::bigint[], $7::boolean[], $8::text[],
       $9::text[], $10::text[], string_to_array($11, E'\\x1f'))
       as entry (id, received_at, reported_at, attempt_id, country_code, sms_state, foreign_body, sms_uid, msisdn,
         result_desc, raw)),
   queued as (
     insert into report_queue (report_id, due_at) select id, now() from unnest($1::uuid[]) as entry (id))
   select pg_notify('${REPORT_CHANNEL}', '') where $12::boolean`,
);

/**
 * The parameters of `STORE_REPORTS`.
 *
 * @param ids UUIDv7s of the real clock, one a row
 * @param rows at least one
 * @param calls whether the workers are told
 */
export function storeReportsParameters(ids: readonly string[], rows: readonly ReportRow[], calls: boolean): unknown[] {
  return [
    plainArray(ids),
    plainArray(rows.map((row) => row.receivedAt)),
    nullableArray(rows.map((row) => row.reportedAt)),
    nullableArray(rows.map((row) => row.attemptId)),
    plainArray(rows.map((row) => row.countryCode)),
    plainArray(rows.map((row) => row.smsState)),
    plainArray(rows.map((row) => row.foreignBody)),
    textArray(rows.map((row) => row.smsUid)),
    plainArray(rows.map((row) => row.msisdn)),
    textArray(rows.map((row) => row.description)),
    rows.map((row) => withoutSeparator(row.raw)).join(UNIT_SEPARATOR),
    calls,
  ];
}

/** For what is no JSON after all: one text must not shift all others. */
function withoutSeparator(text: string): string {
  return text.includes(UNIT_SEPARATOR) ? text.replaceAll(UNIT_SEPARATOR, ' ') : text;
}
