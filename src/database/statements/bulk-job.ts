import type { StatementRunner } from '../database.js';
import { statement } from '../statement.js';

/** A bulk that begins; business times in milliseconds. */
export interface NewBulk {
  readonly id: string;
  readonly appId: number;
  readonly status: number;
  readonly dryRun: boolean;
  /** A file that was sent before is taken all the same. */
  readonly force: boolean;
  /** It is not started when its rows are there. */
  readonly heldStart: boolean;
  readonly name: string;
  readonly idempotencyKey: string | null;
  /** Of all that the request says. */
  readonly fingerprint: Buffer;
  readonly createdAt: number;
  readonly routeId: number;
  readonly lane: number;
  readonly currency: string;
  readonly resendOnDoubt: boolean;
  readonly sender: string | null;
  readonly signature: string | null;
  readonly signatureType: number | null;
  /** With variables; null once it was forgotten. */
  readonly text: string | null;
  /** The text is the same for all rows. */
  readonly shared: boolean;
  readonly sendAt: number | null;
  readonly validUntil: number | null;
  /** JSON text: how the file is to be read. */
  readonly settings: string;
  readonly uploadId: string;
}

/** A bulk as it is stored. */
export interface BulkRow {
  readonly id: string;
  readonly app_id: number;
  readonly status: number;
  readonly dry_run: boolean;
  readonly force: boolean;
  readonly held_start: boolean;
  readonly reason: string | null;
  readonly name: string;
  readonly fingerprint: Buffer;
  readonly created_at: Date;
  readonly started_at: Date | null;
  readonly ended_at: Date | null;
  readonly route_id: number;
  readonly lane: number;
  readonly currency: string;
  readonly resend_on_doubt: boolean;
  readonly sender: string | null;
  readonly signature: string | null;
  readonly signature_type: number | null;
  readonly text: string | null;
  readonly shared: boolean;
  readonly send_at: Date | null;
  readonly valid_until: Date | null;
  readonly settings: string;
  readonly upload_id: string;
  readonly loaded_line: number;
  readonly loaded_digest: Buffer | null;
  readonly digest: Buffer | null;
  readonly rows: number;
  readonly rejected: number;
  readonly accepted: number;
  readonly moved: number;
  readonly moved_line: number;
  readonly handed_over: number;
  /** Messages a second that have left the queue lately. */
  readonly rate: number | null;
}

export const BULK_COLUMNS = `bulk.id::text, bulk.app_id, bulk.status, bulk.dry_run, bulk.force, bulk.held_start, bulk.reason,
  bulk.name, bulk.fingerprint, bulk.created_at, bulk.started_at, bulk.ended_at, bulk.route_id, bulk.lane, bulk.currency,
  bulk.resend_on_doubt, bulk.sender, bulk.signature, bulk.signature_type, bulk.text, bulk.shared, bulk.send_at,
  bulk.valid_until, bulk.settings, bulk.upload_id::text, bulk.loaded_line, bulk.loaded_digest, bulk.digest, bulk.rows,
  bulk.rejected, bulk.accepted, bulk.moved, bulk.moved_line, bulk.handed_over, bulk.rate`;

const CREATE = statement<object>(
  'bulk_create',
  `insert into bulk (id, app_id, status, dry_run, force, held_start, name, idempotency_key, fingerprint, created_at, route_id,
     lane, currency, resend_on_doubt, sender, signature, signature_type, text, shared, send_at, valid_until, settings,
     upload_id)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)`,
);

const timestamp = (milliseconds: number | null): string | null =>
  milliseconds === null ? null : new Date(milliseconds).toISOString();

/** Stores a bulk without rows. */
export async function createBulk(runner: StatementRunner, bulk: NewBulk): Promise<void> {
  await runner.run(CREATE, [
    bulk.id,
    bulk.appId,
    bulk.status,
    bulk.dryRun,
    bulk.force,
    bulk.heldStart,
    bulk.name,
    bulk.idempotencyKey,
    bulk.fingerprint,
    timestamp(bulk.createdAt),
    bulk.routeId,
    bulk.lane,
    bulk.currency,
    bulk.resendOnDoubt,
    bulk.sender,
    bulk.signature,
    bulk.signatureType,
    bulk.text,
    bulk.shared,
    timestamp(bulk.sendAt),
    timestamp(bulk.validUntil),
    bulk.settings,
    bulk.uploadId,
  ]);
}

const FIND = statement<BulkRow>('bulk_find', `select ${BULK_COLUMNS} from bulk where id = $1 and app_id = $2`);
const LOCK = statement<BulkRow>(
  'bulk_lock',
  `select ${BULK_COLUMNS} from bulk where id = $1 and app_id = $2 for update`,
);
const FIND_KEY = statement<BulkRow>(
  'bulk_find_key',
  `select ${BULK_COLUMNS} from bulk
   where app_id = $1 and idempotency_key = $2 and created_at > $3::timestamptz - interval '24 hours'
   order by created_at desc limit 1`,
);
const LOCK_TEXT = statement<object>('bulk_lock_text', 'select pg_advisory_xact_lock(hashtextextended($1, 0))');
const TAKE_OVER = statement<object>(
  'bulk_take_over',
  'update bulk set upload_id = $2, loaded_at = now() where id = $1 and status = 0',
);

/** A bulk of an app; undefined: it has no such. */
export async function findBulk(runner: StatementRunner, appId: number, id: string): Promise<BulkRow | undefined> {
  return (await runner.run(FIND, [id, appId]))[0];
}

/** As `findBulk`; nobody else changes it until the transaction ends. */
export async function lockBulk(runner: StatementRunner, appId: number, id: string): Promise<BulkRow | undefined> {
  return (await runner.run(LOCK, [id, appId]))[0];
}

/** The bulk that an Idempotency-Key of an app has made within 24 hours. @param now business time, milliseconds */
export async function findBulkByKey(
  runner: StatementRunner,
  appId: number,
  key: string,
  now: number,
): Promise<BulkRow | undefined> {
  return (await runner.run(FIND_KEY, [appId, key, timestamp(now)]))[0];
}

/** Until the transaction ends, nobody else goes on who names the same. */
export async function takeTurns(runner: StatementRunner, name: string): Promise<void> {
  await runner.run(LOCK_TEXT, [name]);
}

/** From now on only this upload may commit rows. */
export async function takeOverUpload(runner: StatementRunner, id: string, uploadId: string): Promise<void> {
  await runner.run(TAKE_OVER, [id, uploadId]);
}

/** A country of a bulk. */
export interface BulkCountryRow {
  readonly country_code: number;
  readonly price_id: number | null;
  readonly messages: number;
  readonly segments: number;
  readonly moved_segments: number;
  /** Decimal text; null before the start. */
  readonly per_segment: string | null;
}

const COUNTRIES = statement<BulkCountryRow>(
  'bulk_countries',
  `select b.country_code, b.price_id, b.messages, b.segments, b.moved_segments, p.per_segment::text as per_segment
   from bulk_price b left join price p on p.id = b.price_id where b.bulk_id = $1 order by b.country_code`,
);

/** What a bulk has for each country. */
export function bulkCountries(runner: StatementRunner, id: string): Promise<BulkCountryRow[]> {
  return runner.run(COUNTRIES, [id]);
}
