import { BulkStatus } from '../../messaging/domain/bulk-status.js';
import type { StatementRunner } from '../database.js';
import { plainArray, statement } from '../statement.js';

const FINISH = statement<{ id: string }>(
  'bulk_finish_load',
  `update bulk set digest = $4, status = $5, reason = $6::text, ended_at = $7::timestamptz, loaded_at = now()
   where id = $1 and upload_id = $2 and loaded_line = $3 and status = ${BulkStatus.loading} returning id::text`,
);
const DUPLICATE = statement<{ id: string }>(
  'bulk_duplicate',
  `select id::text from bulk where app_id = $1 and digest = $2 and id <> $3
     and status in (${BulkStatus.ready}, ${BulkStatus.running}, ${BulkStatus.paused}, ${BulkStatus.done})
   order by id limit 1`,
);

/** How the loading of a bulk ends. */
export interface LoadEnd {
  readonly id: string;
  readonly uploadId: string;
  readonly line: number;
  readonly digest: Buffer;
  readonly status: number;
  /** Why nothing of it is sent; null: nothing is wrong. */
  readonly reason: string | null;
  /** Business time, milliseconds; null: the bulk goes on. */
  readonly endedAt: number | null;
}

/** Ends the loading. @returns false: another upload has taken over, or the bulk is not loading any more */
export async function finishLoading(runner: StatementRunner, end: LoadEnd): Promise<boolean> {
  const endedAt = end.endedAt === null ? null : new Date(end.endedAt).toISOString();
  const rows = await runner.run(FINISH, [end.id, end.uploadId, end.line, end.digest, end.status, end.reason, endedAt]);
  return rows.length > 0;
}

/** Another bulk of the app with the same file and text, which is sent or will be; undefined: there is none. */
export async function findDuplicate(
  runner: StatementRunner,
  appId: number,
  digest: Buffer,
  id: string,
): Promise<string | undefined> {
  return (await runner.run(DUPLICATE, [appId, digest, id]))[0]?.id;
}

const START = statement<{ started: number }>(
  'bulk_start',
  `with job as materialized (
     update bulk set status = ${BulkStatus.running}, started_at = $2, reason = null, paced_at = now()
     where id = $1 and status = ${BulkStatus.ready} returning id, app_id, currency
   ), priced as (
     update bulk_price b set price_id = p.price_id
     from job, unnest($3::int[], $4::int[]) as p(country_code, price_id)
     where b.bulk_id = job.id and b.country_code = p.country_code
     returning b.segments, p.price_id
   ), entries as (
     insert into ledger_entry (id, at, app_id, price_id, quantity, kind, from_account, to_account, currency, amount,
       source_id)
     select (substr($5, 1, 28) || lpad(to_hex(row_number() over ()), 8, '0'))::uuid, $2, job.app_id, h.price_id,
       h.quantity, 'hold', 'available', 'held', p.currency, h.quantity * p.per_segment, job.id
     from (select price_id, sum(segments)::bigint as quantity from priced group by price_id) h
     join price p on p.id = h.price_id cross join job
     returning app_id, currency, amount
   ), balances as (
     insert into balance as known (app_id, currency, kind, amount)
     select app_id, currency, 'hold', sum(amount) from entries group by app_id, currency order by app_id, currency
     on conflict (app_id, currency, kind) do update set amount = known.amount + excluded.amount
   )
   select count(*)::int as started from job`,
);

/**
 * Starts a bulk whose rows are there, and holds what all of it costs: one line a price version, by the bulk's id.
 * @param prices version by country, for each country of the bulk
 * @param now business time, milliseconds
 * @param ledgerId a fresh UUIDv7 whose last 32 bits are replaced to number the ledger entries
 * @returns false: it is not waiting to be started
 */
export async function startBulk(
  runner: StatementRunner,
  id: string,
  prices: ReadonlyMap<number, number>,
  now: number,
  ledgerId: string,
): Promise<boolean> {
  const [row] = await runner.run(START, [
    id,
    new Date(now).toISOString(),
    plainArray([...prices.keys()]),
    plainArray([...prices.values()]),
    ledgerId,
  ]);
  return (row?.started ?? 0) > 0;
}

const REFUSED = statement<object>(
  'bulk_start_refused',
  `update bulk set reason = $2 where id = $1 and status = ${BulkStatus.ready}`,
);

/** Notes the code of the error by which a start was refused. */
export async function noteRefusedStart(runner: StatementRunner, id: string, reason: string): Promise<void> {
  await runner.run(REFUSED, [id, reason]);
}
