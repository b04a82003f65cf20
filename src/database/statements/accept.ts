import type { StatementRunner } from '../database.js';
import { ToldStatus } from '../../outbox/told-status.js';
import { statement } from '../statement.js';
import { acceptParameters } from './accept-columns.js';
import { appendSubmissions } from './outbox-append.js';
import { type CapRoom, reserveFor, ROOMS_AS_JSON } from './spend-reserve.js';

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
  /** Of all messages, decimal text. */
  readonly cost: string;
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

/** Says that packets have come, and may be sent. */
export const PACKET_CHANNEL = 'gateway_packet';

interface AcceptedRow {
  readonly replayed: string[];
  readonly refused: string[];
  readonly rooms: CapRoom[];
}

/**
 * What the submission of a row of `m` has: `place` is an index of the submissions' arrays. For types of fixed length, of which
 * PostgreSQL finds an element at once, and arrays without null.
 */
const ofSubmission = (parameter: number, type: string): string => `($${parameter}::${type}[])[m.place]`;

const ACCEPT = statement<AcceptedRow>(
  'accept',
  `with submitted as materialized (
     select * from unnest($1::uuid[], $2::int[], $3::smallint[], $4::smallint[], $5::timestamptz[], $6::timestamptz[],
       $7::timestamptz[], $8::smallint[], $9::smallint[], $10::text[], $11::text[], $12::text[], $13::smallint[],
       $14::boolean[], $15::text[], $16::int[], $17::text[], $18::text[], $19::text[], $20::char(3)[], $21::numeric[])
     as s(id, app_id, route_id, lane, created_at, due_at, valid_until, segments, encoding, sender, text, signature,
       signature_type, resend_on_doubt, metadata, message_count, key, fingerprint, warnings, currency, cost)
   ), cap as materialized (
     select * from spend_cap where app_id = any($22::int[])
   ), demand as materialized (
     -- Of apps with caps, but for what is known to be a repetition.
     select s.id, s.app_id, s.currency, s.created_at as at, s.cost from submitted s
     where s.cost > 0 and exists (select from cap c where c.app_id = s.app_id and c.currency = s.currency)
       and (s.key is null or not exists (select from idempotency k where k.app_id = s.app_id and k.key = s.key
         and k.created_at >= now() - interval '24 hours'))
   ), ${reserveFor('demand')}, refused as materialized (
     select id from demand where (app_id, currency) in (select app_id, currency from short)
   ), keyed as (
     insert into idempotency as known (app_id, key, fingerprint, submission_id)
     select app_id, key, decode(fingerprint, 'hex'), id from submitted
     where key is not null and id not in (select id from refused)
     order by app_id, key
     on conflict (app_id, key) do update
       set fingerprint = excluded.fingerprint, submission_id = excluded.submission_id, created_at = now()
       where known.created_at < now() - interval '24 hours'
     returning submission_id
   ), replayed as materialized (
     select id from submitted where key is not null and id not in (select submission_id from keyed)
       and id not in (select id from refused)
   ), returned as (
     -- Another process has stored the first request of the key in this moment: what was reserved goes back.
     insert into spend_delta (app_id, currency, at, amount)
     select app_id, currency, at, -cost from demand where id in (select id from replayed)
   ), left_out as materialized (
     select id from replayed union all select id from refused
   ), holds as (
     insert into ledger_entry (id, at, app_id, price_id, quantity, kind, from_account, to_account, currency, amount,
       source_id)
     select m.id, ${ofSubmission(5, 'timestamptz')}, ${ofSubmission(2, 'int')}, m.price_id, m.quantity, 'hold', 'available',
       'held', m.currency, m.amount, ${ofSubmission(1, 'uuid')}
     from unnest($32::int[], $33::uuid[], $34::int[], $35::bigint[], $36::char(3)[], $37::numeric[])
       as m(place, id, price_id, quantity, currency, amount)
     where ${ofSubmission(1, 'uuid')} not in (select id from left_out)
     returning app_id, currency, amount
   ), balances as (
     -- PostgreSQL runs what nobody reads from the last to the first: the row that all of an app wait for is locked when all
     -- else is done.
     insert into balance as known (app_id, currency, kind, amount)
     select app_id, currency, 'hold', sum(amount) from holds group by app_id, currency order by app_id, currency
     on conflict (app_id, currency, kind) do update set amount = known.amount + excluded.amount
   ), submissions as (
     insert into submission (id, app_id, route_id, lane, created_at, due_at, valid_until, segments, encoding, sender,
       text, signature, signature_type, resend_on_doubt, metadata, message_count, warnings)
     select id, app_id, route_id, lane, created_at, due_at, valid_until, segments, encoding, sender,
       text, signature, signature_type, resend_on_doubt, metadata::jsonb, message_count, warnings
     from submitted where id not in (select id from left_out)
   ), messages as (
     insert into message (submission_id, ordinal, created_at, app_id, country_code, price_id, route_id, segments,
       encoding, number_hash, msisdn)
     select ${ofSubmission(1, 'uuid')}, m.serial - ${ofSubmission(23, 'int')}, ${ofSubmission(5, 'timestamptz')},
       ${ofSubmission(2, 'int')}, m.country_code, m.price_id, ${ofSubmission(3, 'smallint')}, ${ofSubmission(8, 'smallint')},
       ${ofSubmission(9, 'smallint')}, m.number_hash, m.msisdn
     from unnest($24::int[], $25::int[], $26::int[], $27::bigint[], $28::text[])
       with ordinality as m(place, country_code, price_id, number_hash, msisdn, serial)
     where ${ofSubmission(1, 'uuid')} not in (select id from left_out)
   ), flows as (
     insert into flow (route_id, lane, app_id)
     select distinct route_id, lane, app_id from submitted order by route_id, lane, app_id
     on conflict do nothing
   ), packets as (
     insert into packet (submission_id, due_at, valid_until, app_id, route_id, lane, segments, first_ordinal, members)
     select ${ofSubmission(1, 'uuid')}, ${ofSubmission(6, 'timestamptz')}, ${ofSubmission(7, 'timestamptz')},
       ${ofSubmission(2, 'int')}, ${ofSubmission(3, 'smallint')}, ${ofSubmission(4, 'smallint')}, ${ofSubmission(8, 'smallint')},
       m.first_ordinal, m.members::int[]
     from unnest($29::int[], $30::int[], $31::text[]) as m(place, first_ordinal, members)
     where ${ofSubmission(1, 'uuid')} not in (select id from left_out)
   ), told as (${appendSubmissions(`
     select app_id, id as submission_id, message_count, created_at as at,
       (case when due_at > created_at then ${ToldStatus.scheduled} else ${ToldStatus.queued} end)::smallint as status
     from submitted where id not in (select id from left_out)`)}
   )
   select array(select id::text from replayed) as replayed, array(select id::text from refused) as refused,
     ${ROOMS_AS_JSON} as rooms, pg_notify('${PACKET_CHANNEL}', '')`,
);

/** What became of submissions, by their ids. */
export interface Accepted {
  /** Their idempotency key was taken: nothing of them was stored. */
  readonly replayed: ReadonlySet<string>;
  /** They are of apps whose submissions together do not fit a spend cap: nothing of any of the app was stored. */
  readonly refused: ReadonlySet<string>;
  /** The caps of those apps. */
  readonly rooms: readonly CapRoom[];
}

/**
 * Stores submissions with their messages, packets, price holds and idempotency records, and reserves what they cost under the
 * spend caps of their apps, in one statement: all of it or nothing (design.md 3 rule 1). Left out are submissions whose
 * idempotency key an earlier one holds (for 24 hours), and those of an app whose sum does not fit. No key may stand twice in
 * `rows`.
 */
export async function accept(runner: StatementRunner, rows: readonly SubmissionRow[]): Promise<Accepted> {
  const [accepted] = await runner.run(ACCEPT, acceptParameters(rows));
  return {
    replayed: new Set(accepted?.replayed),
    refused: new Set(accepted?.refused),
    rooms: accepted?.rooms ?? [],
  };
}
