import { nullableArray, plainArray, statement, textArray } from '../statement.js';

/** A row of `report`: one entry of one packet. Times in milliseconds of business time. */
export interface ReportRow {
  /** UUIDv7 of the real clock. */
  readonly id: string;
  readonly receivedAt: number;
  readonly reportedAt: number | undefined;
  readonly attemptId: string | undefined;
  readonly foreignBody: boolean;
  readonly countryCode: number;
  readonly msisdn: string;
  readonly smsState: number;
  readonly smsUid: string;
  readonly description: string | undefined;
  /** The packet, as received. */
  readonly raw: string;
}

/** Channel on which workers are told that reports wait to be applied. */
export const REPORT_CHANNEL = 'gateway_report';

/** Stores report entries, queues them to be applied, and wakes the workers: one commit for a whole flush. */
export const STORE_REPORTS = statement<object>(
  'report_store',
  `with stored as (
     insert into report (id, received_at, reported_at, attempt_id, country_code, sms_state, foreign_body, sms_uid, msisdn,
       result_desc, raw)
     select id, to_timestamp(received_at / 1000), to_timestamp(reported_at / 1000), attempt_id, country_code, sms_state,
       foreign_body, sms_uid, msisdn, result_desc, raw
     from unnest($1::uuid[], $2::float8[], $3::float8[], $4::uuid[], $5::bigint[], $6::bigint[], $7::boolean[], $8::text[],
       $9::text[], $10::text[], $11::text[])
       as entry (id, received_at, reported_at, attempt_id, country_code, sms_state, foreign_body, sms_uid, msisdn,
         result_desc, raw)),
   queued as (
     insert into report_queue (report_id, due_at) select id, now() from unnest($1::uuid[]) as entry (id))
   select pg_notify('${REPORT_CHANNEL}', '')`,
);

/** The parameters of `STORE_REPORTS`. */
export function storeReportsParameters(rows: readonly ReportRow[]): unknown[] {
  return [
    plainArray(rows.map((row) => row.id)),
    plainArray(rows.map((row) => row.receivedAt)),
    nullableArray(rows.map((row) => row.reportedAt)),
    nullableArray(rows.map((row) => row.attemptId)),
    plainArray(rows.map((row) => row.countryCode)),
    plainArray(rows.map((row) => row.smsState)),
    plainArray(rows.map((row) => row.foreignBody)),
    textArray(rows.map((row) => row.smsUid)),
    plainArray(rows.map((row) => row.msisdn)),
    textArray(rows.map((row) => row.description)),
    textArray(rows.map((row) => row.raw)),
  ];
}
