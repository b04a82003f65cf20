import type { StatementRunner } from '../database.js';
import { ToldStatus } from '../../outbox/told-status.js';
import { nullableArray, plainArray, statement, textArray } from '../statement.js';
import { appendSubmissions } from './outbox-append.js';

/** A submission as it is stored; business times in milliseconds. */
export interface SubmissionRow {
  readonly id: string;
  readonly appId: number;
  readonly routeId: number;
  readonly lane: number;
  readonly createdAt: number;
  readonly dueAt: number;
  readonly validUntil: number;
  readonly segments: number;
  readonly encoding: number;
  readonly sender: string | null;
  readonly text: string;
  readonly signature: string | null;
  readonly signatureType: number | null;
  readonly resendOnDoubt: boolean;
  /** JSON text. */
  readonly metadata: string | null;
  /** JSON text, as the answer shows them; null: none. */
  readonly warnings: string | null;
  readonly currency: string;
  /** Undefined: the caller gave no Idempotency-Key. */
  readonly idempotency: { readonly key: string; readonly fingerprint: Buffer } | undefined;
  /** Parallel arrays, one element a message; the ordinal is the index plus one. */
  readonly countryCodes: readonly number[];
  readonly msisdns: readonly string[];
  readonly numberHashes: readonly bigint[];
  readonly priceIds: readonly number[];
  /** Ordinals of each packet's members, ascending. */
  readonly packets: readonly (readonly number[])[];
  /** The hold: one line a price version. `id` is the ledger entry's. */
  readonly holds: readonly { id: string; priceId: number; quantity: number; amount: string }[];
}

interface AcceptedRow {
  /** Submissions whose idempotency key was taken: nothing of them was stored. */
  readonly replayed: string[];
}

const ACCEPT = statement<AcceptedRow>(
  'accept',
  `with submitted as materialized (
     select * from unnest($1::uuid[], $2::int[], $3::smallint[], $4::smallint[], $5::timestamptz[], $6::timestamptz[],
       $7::timestamptz[], $8::smallint[], $9::smallint[], $10::text[], $11::text[], $12::text[], $13::smallint[],
       $14::boolean[], $15::text[], $16::int[], $17::text[], $18::text[], $47::text[])
     as s(id, app_id, route_id, lane, created_at, due_at, valid_until, segments, encoding, sender, text, signature,
       signature_type, resend_on_doubt, metadata, message_count, key, fingerprint, warnings)
   ), keyed as (
     insert into idempotency as known (app_id, key, fingerprint, submission_id)
     select app_id, key, decode(fingerprint, 'hex'), id from submitted where key is not null
     order by app_id, key
     on conflict (app_id, key) do update
       set fingerprint = excluded.fingerprint, submission_id = excluded.submission_id, created_at = now()
       where known.created_at < now() - interval '24 hours'
     returning submission_id
   ), replayed as materialized (
     select id from submitted where key is not null and id not in (select submission_id from keyed)
   ), submissions as (
     insert into submission (id, app_id, route_id, lane, created_at, due_at, valid_until, segments, encoding, sender,
       text, signature, signature_type, resend_on_doubt, metadata, message_count, warnings)
     select id, app_id, route_id, lane, created_at, due_at, valid_until, segments, encoding, sender,
       text, signature, signature_type, resend_on_doubt, metadata::jsonb, message_count, warnings
     from submitted where id not in (select id from replayed)
   ), messages as (
     insert into message (submission_id, ordinal, created_at, app_id, country_code, price_id, route_id, segments,
       encoding, number_hash, msisdn)
     select m.* from unnest($19::uuid[], $20::int[], $21::timestamptz[], $22::int[], $23::int[], $24::int[],
       $25::smallint[], $26::smallint[], $27::smallint[], $28::bigint[], $29::text[])
       as m(submission_id, ordinal, created_at, app_id, country_code, price_id, route_id, segments, encoding,
         number_hash, msisdn)
     where m.submission_id not in (select id from replayed)
   ), flows as (
     insert into flow (route_id, lane, app_id)
     select distinct route_id, lane, app_id from submitted
     on conflict do nothing
   ), packets as (
     insert into packet (submission_id, due_at, valid_until, app_id, route_id, lane, segments, first_ordinal, members)
     select p.submission_id, p.due_at, p.valid_until, p.app_id, p.route_id, p.lane, p.segments, p.first_ordinal,
       p.members::int[]
     from unnest($30::uuid[], $31::timestamptz[], $32::timestamptz[], $33::int[], $34::smallint[], $35::smallint[],
       $36::smallint[], $37::int[], $38::text[])
       as p(submission_id, due_at, valid_until, app_id, route_id, lane, segments, first_ordinal, members)
     where p.submission_id not in (select id from replayed)
   ), holds as (
     insert into ledger_entry (id, at, app_id, price_id, quantity, kind, from_account, to_account, currency, amount,
       source_id)
     select h.id, h.at, h.app_id, h.price_id, h.quantity, 'hold', 'available', 'held', h.currency, h.amount, h.source_id
     from unnest($39::uuid[], $40::timestamptz[], $41::int[], $42::int[], $43::bigint[], $44::text[], $45::numeric[],
       $46::uuid[]) as h(id, at, app_id, price_id, quantity, currency, amount, source_id)
     where h.source_id not in (select id from replayed)
     returning app_id, currency, amount
   ), balances as (
     insert into balance as known (app_id, currency, kind, amount)
     select app_id, currency, 'hold', sum(amount) from holds group by app_id, currency order by app_id, currency
     on conflict (app_id, currency, kind) do update set amount = known.amount + excluded.amount
   ), told as (${appendSubmissions(`
     select app_id, id as submission_id, message_count, created_at as at,
       (case when due_at > created_at then ${ToldStatus.scheduled} else ${ToldStatus.queued} end)::smallint as status
     from submitted where id not in (select id from replayed)`)}
   )
   select array(select id::text from replayed) as replayed, pg_notify('gateway_packet', '')`,
);

const timestamps = (values: readonly number[]): string =>
  textArray(values.map((milliseconds) => new Date(milliseconds).toISOString()));

function submissionColumns(rows: readonly SubmissionRow[]): unknown[] {
  return [
    plainArray(rows.map(({ id }) => id)),
    plainArray(rows.map(({ appId }) => appId)),
    plainArray(rows.map(({ routeId }) => routeId)),
    plainArray(rows.map(({ lane }) => lane)),
    timestamps(rows.map(({ createdAt }) => createdAt)),
    timestamps(rows.map(({ dueAt }) => dueAt)),
    timestamps(rows.map(({ validUntil }) => validUntil)),
    plainArray(rows.map(({ segments }) => segments)),
    plainArray(rows.map(({ encoding }) => encoding)),
    textArray(rows.map(({ sender }) => sender)),
    textArray(rows.map(({ text }) => text)),
    textArray(rows.map(({ signature }) => signature)),
    nullableArray(rows.map(({ signatureType }) => signatureType)),
    plainArray(rows.map(({ resendOnDoubt }) => resendOnDoubt)),
    textArray(rows.map(({ metadata }) => metadata)),
    plainArray(rows.map(({ msisdns }) => msisdns.length)),
    textArray(rows.map(({ idempotency }) => idempotency?.key)),
    textArray(rows.map(({ idempotency }) => idempotency?.fingerprint.toString('hex'))),
  ];
}

/** An array literal that is built one element at a time. */
class Column {
  private literal = '';

  add(value: number | bigint | string): void {
    this.literal += this.literal === '' ? value : `,${value}`;
  }

  toString(): string {
    return `{${this.literal}}`;
  }
}

const columns = (count: number): Column[] => Array.from({ length: count }, () => new Column());

function messageColumns(rows: readonly SubmissionRow[]): string[] {
  const all = columns(11);
  const [submission, ordinal, createdAt, app, country, price, route, segments, encoding, hash, msisdn] = all;
  for (const row of rows) {
    const created = `"${new Date(row.createdAt).toISOString()}"`;
    for (let index = 0; index < row.msisdns.length; index += 1) {
      submission.add(row.id);
      ordinal.add(index + 1);
      createdAt.add(created);
      app.add(row.appId);
      country.add(row.countryCodes[index]);
      price.add(row.priceIds[index]);
      route.add(row.routeId);
      segments.add(row.segments);
      encoding.add(row.encoding);
      hash.add(row.numberHashes[index]);
      msisdn.add(row.msisdns[index]);
    }
  }
  return all.map(String);
}

function packetColumns(rows: readonly SubmissionRow[]): string[] {
  const all = columns(9);
  const [submission, dueAt, validUntil, app, route, lane, segments, firstOrdinal, members] = all;
  for (const row of rows) {
    const due = `"${new Date(row.dueAt).toISOString()}"`;
    const valid = `"${new Date(row.validUntil).toISOString()}"`;
    for (const packet of row.packets) {
      submission.add(row.id);
      dueAt.add(due);
      validUntil.add(valid);
      app.add(row.appId);
      route.add(row.routeId);
      lane.add(row.lane);
      segments.add(row.segments);
      firstOrdinal.add(packet[0]);
      members.add(`"{${packet.join(',')}}"`);
    }
  }
  return all.map(String);
}

function holdColumns(rows: readonly SubmissionRow[]): string[] {
  const all = columns(8);
  const [id, at, app, price, quantity, currency, amount, source] = all;
  for (const row of rows) {
    const created = `"${new Date(row.createdAt).toISOString()}"`;
    for (const hold of row.holds) {
      id.add(hold.id);
      at.add(created);
      app.add(row.appId);
      price.add(hold.priceId);
      quantity.add(hold.quantity);
      currency.add(row.currency);
      amount.add(hold.amount);
      source.add(row.id);
    }
  }
  return all.map(String);
}

/**
 * Stores submissions with their messages, packets, price holds and idempotency records in one statement: all of it or
 * nothing (design.md 3 rule 1). A submission whose idempotency key an earlier one holds (for 24 hours) is left out.
 * No key may stand twice in `rows`.
 * @returns the ids of the submissions that were left out
 */
export async function accept(runner: StatementRunner, rows: readonly SubmissionRow[]): Promise<ReadonlySet<string>> {
  const parameters = [
    ...submissionColumns(rows),
    ...messageColumns(rows),
    ...packetColumns(rows),
    ...holdColumns(rows),
    textArray(rows.map(({ warnings }) => warnings)),
  ];
  const [accepted] = await runner.run(ACCEPT, parameters);
  return new Set(accepted?.replayed);
}
