import type { BulkMessage, RowFault } from '../../messaging/domain/bulk-row.js';
import type { StatementRunner } from '../database.js';
import { plainArray, statement, textArray } from '../statement.js';

/** A stretch of a file, ready to be committed. */
export interface LoadedStretch {
  readonly bulkId: string;
  readonly uploadId: string;
  /** The last line before it that was committed. */
  readonly afterLine: number;
  /** The last line of it. */
  readonly line: number;
  /** Of the file up to that line. */
  readonly digest: Buffer;
  readonly messages: readonly BulkMessage[];
  /** By message. */
  readonly numberHashes: readonly bigint[];
  readonly rejections: readonly { readonly line: number; readonly fault: RowFault }[];
  /** Rows are stored, and not only counted. */
  readonly keep: boolean;
}

const LOAD = statement<{ stored: number }>(
  'bulk_load',
  `with job as materialized (
     update bulk set loaded_line = $4, loaded_digest = $5, loaded_at = now(), rows = rows + $6 + $7,
       accepted = accepted + $6, rejected = rejected + $7
     where id = $1 and upload_id = $2 and loaded_line = $3 and status = 0
     returning id
   ), stored as (
     insert into bulk_row (bulk_id, line, country_code, segments, encoding, number_hash, msisdn, text)
     select job.id, r.* from job cross join unnest($8::int[], $9::int[], $10::smallint[], $11::smallint[], $12::bigint[],
       $13::text[], $14::text[]) as r
   ), refused as (
     insert into bulk_rejection (bulk_id, line, code, rule)
     select job.id, r.* from job cross join unnest($15::int[], $16::text[], $17::text[]) as r
   ), counted as (
     insert into bulk_price as known (bulk_id, country_code, messages, segments)
     select job.id, c.* from job cross join unnest($18::int[], $19::int[], $20::bigint[]) as c
     on conflict (bulk_id, country_code) do update
       set messages = known.messages + excluded.messages, segments = known.segments + excluded.segments
   )
   select count(*)::int as stored from job`,
);

/**
 * Commits a stretch of a file, and how far the file has been read: both or neither.
 * @returns false: another upload has taken over, or the bulk is not loading any more. Nothing was stored.
 */
export async function loadStretch(runner: StatementRunner, stretch: LoadedStretch): Promise<boolean> {
  const { messages, rejections, keep } = stretch;
  const kept = keep ? messages : [];
  const countries = countByCountry(messages);
  const [row] = await runner.run(LOAD, [
    stretch.bulkId,
    stretch.uploadId,
    stretch.afterLine,
    stretch.line,
    stretch.digest,
    messages.length,
    rejections.length,
    plainArray(kept.map(({ line }) => line)),
    plainArray(kept.map(({ countryCode }) => countryCode)),
    plainArray(kept.map(({ segments }) => segments)),
    plainArray(kept.map(({ encoding }) => encoding)),
    plainArray(keep ? stretch.numberHashes : []),
    plainArray(kept.map(({ msisdn }) => msisdn)),
    textArray(kept.map(({ text }) => text)),
    plainArray(rejections.map(({ line }) => line)),
    textArray(rejections.map(({ fault }) => fault.code)),
    textArray(rejections.map(({ fault }) => fault.rule)),
    plainArray([...countries.keys()]),
    plainArray([...countries.values()].map(({ messages }) => messages)),
    plainArray([...countries.values()].map(({ segments }) => segments)),
  ]);
  return (row?.stored ?? 0) > 0;
}

function countByCountry(messages: readonly BulkMessage[]): Map<number, { messages: number; segments: number }> {
  const counts = new Map<number, { messages: number; segments: number }>();
  for (const { countryCode, segments } of messages) {
    const count = counts.get(countryCode) ?? { messages: 0, segments: 0 };
    count.messages += 1;
    count.segments += segments;
    counts.set(countryCode, count);
  }
  return counts;
}
