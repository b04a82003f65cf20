import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';

import { auditEntryOf, auditStatement } from '../../apps/audit-trail.js';
import type { Caller } from '../../apps/caller.js';
import { IdempotencyKeyReusedError, readIdempotency } from '../../apps/idempotency-key.js';
import { Clock } from '../../clock/clock.js';
import { Database, type Transaction } from '../../database/database.js';
import {
  type BulkRow,
  createBulk,
  findBulk,
  findBulkByKey,
  lockBulk,
  takeOverUpload,
  takeTurns,
} from '../../database/statements/bulk-job.js';
import { findDuplicate, finishLoading } from '../../database/statements/bulk-start.js';
import { ApplicationError } from '../../errors.js';
import { isUuidv7, uuidv7 } from '../../uuid.js';
import { BulkStatus } from '../domain/bulk-status.js';
import type { FileRow } from '../domain/bulk-row.js';
import type { BulkQuery } from './bulk.dto.js';
import { BulkFileDiffersError, digestOf, type LoadedFile, UploadSupersededError } from './bulk-loader.js';
import { BulkNotFoundError } from './bulk-errors.js';
import { BulkPlans } from './bulk-plans.service.js';
import { fingerprintOf } from './bulk-setup.js';
import { BulkStarts } from './bulk-starts.service.js';
import { BulkFileError } from './reading/bulk-file-error.js';
import type { UploadedFile } from './upload-body.js';

/** Takes files in, as they come. */
@Injectable()
export class BulkUploads {
  constructor(
    private readonly database: Database,
    private readonly plans: BulkPlans,
    private readonly starts: BulkStarts,
    private readonly clock: Clock,
  ) {}

  /**
   * Takes a file in and starts its bulk. An upload that breaks off leaves the rows that were committed; the same file sent again with
   * the same Idempotency-Key, or with the bulk's id, goes on behind them.
   * @returns the bulk's id
   * @throws ApplicationError `bulk_not_found`, `bulk_duplicate`, `bulk_file_differs`, `bulk_upload_superseded`,
   *   `invalid_bulk_file`, `idempotency_key_reused`, and those of `newBulk`
   */
  async upload(caller: Caller, query: BulkQuery, file: UploadedFile, key: string | undefined): Promise<string> {
    const idempotencyKey = readIdempotency(key)?.key;
    const bulk = await this.begin(caller, query, idempotencyKey);
    const rows = this.plans.rowsOf(bulk, file);
    if (bulk.status !== BulkStatus.loading) await compare(bulk, rows, idempotencyKey);
    else await this.take(caller, bulk, rows);
    return bulk.id;
  }

  /** The bulk that the rows are for: a new one, or one whose upload broke off. */
  private async begin(caller: Caller, query: BulkQuery, key: string | undefined): Promise<BulkRow> {
    const uploadId = uuidv7(Date.now(), randomBytes(10));
    const { appId } = caller;
    const known =
      query.id === undefined
        ? key && (await this.knownByKey(caller, query, key, uploadId))
        : await this.knownById(caller, query, uploadId);
    if (known) return known;
    const bulk = await this.plans.newBulk(caller, query, uploadId, key);
    const entry = auditEntryOf(
      caller,
      { action: 'bulk.created', id: bulk.id, after: { id: bulk.id, name: bulk.name, dryRun: bulk.dryRun } },
      bulk.createdAt,
    );
    const created = await this.database.transaction(async (transaction) => {
      // Two requests with the same key take turns: the second finds the bulk of the first.
      if (key !== undefined) await takeTurns(transaction, `bulk key ${appId} ${key}`);
      const first = key && (await findBulkByKey(transaction, appId, key, bulk.createdAt));
      if (first) return this.takeOver(transaction, first, query, uploadId);
      await createBulk(transaction, bulk);
      await auditStatement(transaction, entry);
      return findBulk(transaction, appId, bulk.id);
    });
    if (created === undefined) throw new BulkNotFoundError();
    return created;
  }

  private knownByKey(caller: Caller, query: BulkQuery, key: string, uploadId: string): Promise<BulkRow | undefined> {
    return this.database.transaction(async (transaction) => {
      const found = await findBulkByKey(transaction, caller.appId, key, this.clock.now());
      return found && this.takeOver(transaction, found, query, uploadId);
    });
  }

  private async knownById(caller: Caller, query: BulkQuery, uploadId: string): Promise<BulkRow> {
    const { id = '' } = query;
    const found = await this.database.transaction(async (transaction) => {
      const bulk = isUuidv7(id) ? await lockBulk(transaction, caller.appId, id) : undefined;
      const sole = Object.values(query).filter((value) => value !== undefined).length === 1;
      return bulk && this.takeOver(transaction, bulk, sole ? undefined : query, uploadId);
    });
    if (found === undefined) throw new BulkNotFoundError();
    return found;
  }

  /** From now on this upload commits the rows of a bulk that is still loading. */
  private async takeOver(
    transaction: Transaction,
    bulk: BulkRow,
    query: BulkQuery | undefined,
    uploadId: string,
  ): Promise<BulkRow> {
    if (query !== undefined && !fingerprintOf(query).equals(bulk.fingerprint)) throw new IdempotencyKeyReusedError();
    if (bulk.status !== BulkStatus.loading) return bulk;
    await takeOverUpload(transaction, bulk.id, uploadId);
    return (await lockBulk(transaction, bulk.app_id, bulk.id)) ?? bulk;
  }

  private async take(caller: Caller, bulk: BulkRow, rows: AsyncIterable<FileRow>): Promise<void> {
    const loader = await this.plans.loader(caller, bulk);
    let loaded: LoadedFile;
    try {
      loaded = await loader.load(rows);
    } catch (error) {
      if (error instanceof BulkFileError) await this.fail(bulk, loader.committed, error.code);
      throw error;
    }
    const finished = await this.finish(caller, bulk, loaded);
    if (finished !== BulkStatus.ready || bulk.held_start) return;
    try {
      await this.starts.start(caller, bulk);
    } catch (error) {
      // The rows are there and the reason stands with the bulk: it can be started once that is gone.
      if (!(error instanceof ApplicationError) || error.kind === 'unavailable' || error.kind === 'internal')
        throw error;
    }
  }

  /** @returns the status that the bulk is in now */
  private async finish(caller: Caller, bulk: BulkRow, { line, digest }: LoadedFile): Promise<number> {
    const now = this.clock.now();
    const end = { id: bulk.id, uploadId: bulk.upload_id, line, digest };
    const duplicate = await this.database.transaction(async (transaction) => {
      await takeTurns(transaction, `bulk file ${bulk.app_id} ${digest.toString('hex')}`);
      const known =
        bulk.dry_run || bulk.force ? undefined : await findDuplicate(transaction, bulk.app_id, digest, bulk.id);
      const ended = known !== undefined || bulk.dry_run;
      const status = known === undefined ? (bulk.dry_run ? BulkStatus.checked : BulkStatus.ready) : BulkStatus.failed;
      const reason = known === undefined ? null : 'bulk_duplicate';
      const finished = await finishLoading(transaction, { ...end, status, reason, endedAt: ended ? now : null });
      if (!finished) throw new UploadSupersededError();
      await auditStatement(transaction, auditEntryOf(caller, { action: 'bulk.loaded', id: bulk.id }, now));
      return known;
    });
    if (duplicate === undefined) return bulk.dry_run ? BulkStatus.checked : BulkStatus.ready;
    throw new ApplicationError(
      'conflict',
      'bulk_duplicate',
      `This file was sent before with the same text, as bulk ${duplicate}. With force=true it is sent again.`,
    );
  }

  private async fail(bulk: BulkRow, line: number, reason: string): Promise<void> {
    await finishLoading(this.database, {
      id: bulk.id,
      uploadId: bulk.upload_id,
      line,
      digest: Buffer.alloc(0),
      status: BulkStatus.failed,
      reason,
      endedAt: this.clock.now(),
    });
  }
}

/**
 * A repetition of a request that was done: nothing happens.
 * @throws IdempotencyKeyReusedError, BulkFileDiffersError the file is another one
 */
async function compare(bulk: BulkRow, rows: AsyncIterable<FileRow>, key: string | undefined): Promise<void> {
  const digest = await digestOf(bulk, rows);
  if (bulk.digest?.equals(digest) === true) return;
  throw key === undefined ? new BulkFileDiffersError() : new IdempotencyKeyReusedError();
}
