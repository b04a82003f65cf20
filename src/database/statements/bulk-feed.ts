import { BulkStatus } from '../../messaging/domain/bulk-status.js';
import { ToldStatus } from '../../outbox/told-status.js';
import type { StatementRunner } from '../database.js';
import { plainArray, statement, textArray, timestamp } from '../statement.js';
import { PACKET_CHANNEL } from './accept.js';
import { BULK_COLUMNS, type BulkRow } from './bulk-job.js';
import { appendSubmissions } from './outbox-append.js';

/** A bulk that has rows to move, and what its app and route allow. */
export interface FeedableBulk extends BulkRow {
  /** Null: no limit. */
  readonly sms_per_second: number | null;
  readonly segments_per_second: number;
}

const FEEDABLE = statement<{ id: string }>(
  'bulk_feedable',
  `select id::text from bulk where status = ${BulkStatus.running} and moved < accepted
     and (send_at is null or send_at <= $1)
   order by moved_at nulls first, id limit 100`,
);

/** Bulks that have rows to move now, those first that have waited longest. @param now business time, milliseconds */
export async function feedableBulks(runner: StatementRunner, now: number): Promise<string[]> {
  return (await runner.run(FEEDABLE, [new Date(now).toISOString()])).map(({ id }) => id);
}

const LOCK = statement<FeedableBulk>(
  'bulk_feed_lock',
  `select ${BULK_COLUMNS}, app.sms_per_second, route.segments_per_second
   from bulk join app on app.id = bulk.app_id join route on route.id = bulk.route_id
   where bulk.id = $1 and bulk.status = ${BulkStatus.running} and bulk.moved < bulk.accepted
   for update of bulk skip locked`,
);

/** A bulk to move rows of, locked; undefined: another process is at it, or there is nothing to move any more. */
export async function lockToFeed(runner: StatementRunner, id: string): Promise<FeedableBulk | undefined> {
  return (await runner.run(LOCK, [id]))[0];
}

const AHEAD = statement<{ messages: number }>(
  'bulk_ahead',
  `select coalesce(sum(size), 0)::int as messages from (
     select cardinality(members) as size from packet
     where route_id = $1 and lane = $2 and app_id = $3 and attempt_id is null limit $4) waiting`,
);

/** Messages that wait in the queue of an app's flow; the count ends at `limit` packets. */
export async function messagesAhead(
  runner: StatementRunner,
  bulk: Pick<BulkRow, 'route_id' | 'lane' | 'app_id'>,
  limit: number,
): Promise<number> {
  return (await runner.run(AHEAD, [bulk.route_id, bulk.lane, bulk.app_id, limit]))[0]?.messages ?? 0;
}

/** A row that waits to be moved. */
export interface WaitingRow {
  readonly line: number;
  readonly country_code: number;
  readonly price_id: number;
  readonly segments: number;
  readonly encoding: number;
  /** Decimal text. */
  readonly number_hash: string;
  readonly msisdn: string;
  readonly text: string | null;
  readonly opted_out: boolean;
}

const WAITING = statement<WaitingRow>(
  'bulk_waiting',
  `select r.line, r.country_code, b.price_id, r.segments, r.encoding, r.number_hash::text, r.msisdn, r.text,
     exists (select from opt_out o where o.number_hash = r.number_hash and o.app_id in (0, $4)) as opted_out
   from (select * from bulk_row where bulk_id = $1 and line > $2 order by line limit $3) r
   join bulk_price b on b.bulk_id = $1 and b.country_code = r.country_code
   order by r.line`,
);

/** The next rows of a bulk. */
export function waitingRows(runner: StatementRunner, bulk: FeedableBulk, limit: number): Promise<WaitingRow[]> {
  return runner.run(WAITING, [bulk.id, bulk.moved_line, limit, bulk.app_id]);
}

/** A stretch of rows on its way to the queue; business times in milliseconds. */
export interface FedStretch {
  readonly bulk: FeedableBulk;
  readonly submissionId: string;
  readonly now: number;
  readonly dueAt: number;
  readonly validUntil: number;
  /** In the order of their ordinals, from 1. */
  readonly rows: readonly WaitingRow[];
  readonly packets: readonly FedPacket[];
  /** Rows that are not sent any more, because their number has opted out meanwhile. */
  readonly refused: readonly WaitingRow[];
  /** The last line, of `rows` or `refused`. */
  readonly line: number;
  readonly ledgerId: string;
}

/** A packet of a stretch. */
export interface FedPacket {
  /** Ordinals, ascending. */
  readonly members: readonly number[];
  readonly segments: number;
  /** Null: the bulk's own. */
  readonly text: string | null;
}

const FEED = statement<object>(
  'bulk_feed',
  `with job as materialized (
     select * from bulk where id = $1
   ), fresh as materialized (
     select * from unnest($6::int[], $7::int[], $8::int[], $9::smallint[], $10::smallint[], $11::bigint[], $12::text[])
       as r(ordinal, country_code, price_id, segments, encoding, number_hash, msisdn)
   ), removed as (
     delete from bulk_row where bulk_id = $1 and line > (select moved_line from job) and line <= $17
   ), submitted as (
     insert into submission (id, app_id, route_id, lane, created_at, due_at, valid_until, segments, encoding, sender, text,
       signature, signature_type, resend_on_doubt, message_count)
     select $2, app_id, route_id, lane, $3, $4, $5, first.segments, first.encoding, sender,
       case when shared then text end, signature, signature_type, resend_on_doubt, (select count(*)::int from fresh)
     from job cross join (select segments, encoding from fresh where ordinal = 1) first
     returning app_id, id as submission_id, message_count, created_at as at, ${ToldStatus.queued}::smallint as status
   ), messages as (
     insert into message (submission_id, ordinal, created_at, app_id, country_code, price_id, route_id, segments,
       encoding, number_hash, msisdn)
     select $2, r.ordinal, $3, job.app_id, r.country_code, r.price_id, job.route_id, r.segments, r.encoding,
       r.number_hash, r.msisdn
     from fresh r cross join job
   ), flows as (
     insert into flow (route_id, lane, app_id) select route_id, lane, app_id from job on conflict do nothing
   ), packets as (
     insert into packet (submission_id, due_at, valid_until, app_id, route_id, lane, segments, first_ordinal, members, text)
     select $2, $4, $5, job.app_id, job.route_id, job.lane, p.segments, p.first_ordinal, p.members::int[], p.text
     from unnest($13::int[], $14::text[], $15::smallint[], $16::text[]) as p(first_ordinal, members, segments, text)
     cross join job
   ), told as (${appendSubmissions('select app_id, submission_id, message_count, status, at from submitted')}
   ), stretch as (
     insert into bulk_stretch (bulk_id, submission_id, messages, counts)
     select $1, submission_id, message_count, array_prepend(message_count, array_fill(0, array[9])) from submitted
   ), refused as materialized (
     select * from unnest($18::int[], $19::int[], $20::int[], $21::smallint[])
       as r(line, country_code, price_id, segments)
   ), rejected as (
     insert into bulk_rejection (bulk_id, line, code, rule)
     select $1, line, 'opted_out', 'to must be a number that has not opted out' from refused
   ), counted as (
     update bulk_price b set moved_segments = b.moved_segments + m.segments
     from (select country_code, sum(segments) as segments
       from (select country_code, segments from fresh union all select country_code, segments from refused) taken
       group by country_code) m
     where b.bulk_id = $1 and b.country_code = m.country_code
   ), moved as (
     update bulk set moved = moved + (select count(*) from fresh), moved_line = $17, moved_at = clock_timestamp(),
       accepted = accepted - (select count(*) from refused), rejected = rejected + (select count(*) from refused)
     where id = $1
   ), entries as (
     insert into ledger_entry (id, at, app_id, price_id, quantity, kind, from_account, to_account, currency, amount,
       source_id)
     select (substr($22, 1, 28) || lpad(to_hex(row_number() over ()), 8, '0'))::uuid, $3, job.app_id, r.price_id,
       r.quantity, 'release', 'held', 'available', p.currency, r.quantity * p.per_segment, job.id
     from (select price_id, sum(segments)::bigint as quantity from refused group by price_id) r
     join price p on p.id = r.price_id cross join job
     returning app_id, currency, amount
   ), balances as (
     insert into balance as known (app_id, currency, kind, amount)
     select app_id, currency, 'release', sum(amount) from entries group by app_id, currency
     on conflict (app_id, currency, kind) do update set amount = known.amount + excluded.amount
   )
   select pg_notify('${PACKET_CHANNEL}', '')`,
);

/**
 * Moves a stretch of a bulk's rows to the queue: submission, messages, packets, and how far the bulk has come, all of it or
 * nothing. The bulk's own hold covers them. Whoever calls has locked the bulk in this transaction.
 */
export async function feedStretch(runner: StatementRunner, stretch: FedStretch): Promise<void> {
  const { rows, packets, refused } = stretch;
  await runner.run(FEED, [
    stretch.bulk.id,
    stretch.submissionId,
    timestamp(stretch.now),
    timestamp(stretch.dueAt),
    timestamp(stretch.validUntil),
    plainArray(rows.map((_, index) => index + 1)),
    plainArray(rows.map(({ country_code: code }) => code)),
    plainArray(rows.map(({ price_id: id }) => id)),
    plainArray(rows.map(({ segments }) => segments)),
    plainArray(rows.map(({ encoding }) => encoding)),
    plainArray(rows.map(({ number_hash: hash }) => hash)),
    plainArray(rows.map(({ msisdn }) => msisdn)),
    plainArray(packets.map(({ members }) => members[0])),
    textArray(packets.map(({ members }) => plainArray(members))),
    plainArray(packets.map(({ segments }) => segments)),
    textArray(packets.map(({ text }) => text)),
    stretch.line,
    plainArray(refused.map(({ line }) => line)),
    plainArray(refused.map(({ country_code: code }) => code)),
    plainArray(refused.map(({ price_id: id }) => id)),
    plainArray(refused.map(({ segments }) => segments)),
    stretch.ledgerId,
  ]);
}
