import { createHash, type Hash } from 'node:crypto';

import { loadStretch } from '../../database/statements/bulk-load.js';
import type { StatementRunner } from '../../database/database.js';
import type { BulkRow } from '../../database/statements/bulk-job.js';
import { ApplicationError } from '../../errors.js';
import { type BulkMessage, type FileRow, isRowFault, type RowFault, type RowJudge } from '../domain/bulk-row.js';
import { digestSeed } from './bulk-setup.js';

/** Rows of one commit at the most. */
export const COMMIT_ROWS = 2000;

/** Another upload of the same bulk has taken over, or the bulk was cancelled. */
export class UploadSupersededError extends ApplicationError {
  constructor() {
    super('conflict', 'bulk_upload_superseded', 'The bulk takes no rows of this upload any more.');
  }
}

/** What loading needs. */
export interface LoaderOptions {
  readonly runner: StatementRunner;
  readonly judge: RowJudge;
  readonly hashNumber: (digits: string) => bigint;
  /** Those of some hashes that have opted out. */
  readonly optedOut: (hashes: readonly bigint[]) => Promise<ReadonlySet<bigint>>;
}

/** How far a file was read. */
export interface LoadedFile {
  readonly line: number;
  readonly digest: Buffer;
}

const OPTED_OUT: RowFault = { code: 'opted_out', rule: 'to must be a number that has not opted out' };

/**
 * Takes the rows of one upload in, in commits of up to 2,000 rows. Rows that an earlier upload has committed are only compared,
 * by the digest of all before them.
 */
export class BulkLoader {
  private readonly hash: Hash;
  /** The last line that is stored. */
  committed: number;
  private line = 0;
  private rows: { readonly row: Exclude<FileRow, { kind: 'header' }>; readonly judged: BulkMessage | RowFault }[] = [];

  constructor(
    private readonly bulk: BulkRow,
    private readonly options: LoaderOptions,
  ) {
    this.hash = createHash('sha256').update(digestSeed(bulk));
    this.committed = bulk.loaded_line;
  }

  /**
   * @throws ApplicationError `bulk_file_differs` (conflict): the file is not the one whose upload broke off
   * @throws UploadSupersededError
   * @throws BulkFileError, and what the source throws: what was committed stays
   */
  async load(rows: AsyncIterable<FileRow>): Promise<LoadedFile> {
    let compared = this.committed === 0;
    for await (const row of rows) {
      if (!compared && row.line > this.committed) {
        this.compare();
        compared = true;
      }
      this.hash.update(row.canonical).update('\n');
      this.line = row.line;
      if (row.line <= this.committed || row.kind === 'header') continue;
      this.rows.push({ row, judged: this.options.judge.judge(row) });
      if (this.rows.length === COMMIT_ROWS) await this.commit();
    }
    if (!compared) this.compare();
    if (this.rows.length > 0) await this.commit();
    return { line: this.committed, digest: this.hash.digest() };
  }

  private compare(): void {
    if (this.bulk.loaded_digest?.equals(this.hash.copy().digest()) === true) return;
    throw new BulkFileDiffersError();
  }

  private async commit(): Promise<void> {
    const rejections: { line: number; fault: RowFault }[] = [];
    const accepted: { message: BulkMessage; hash: bigint }[] = [];
    for (const { row, judged } of this.rows) {
      if (isRowFault(judged)) rejections.push({ line: row.line, fault: judged });
      else accepted.push({ message: judged, hash: this.options.hashNumber(judged.digits) });
    }
    const optedOut = await this.options.optedOut(accepted.map(({ hash }) => hash));
    const kept = optedOut.size === 0 ? accepted : accepted.filter(({ hash }) => !optedOut.has(hash));
    if (kept.length < accepted.length) {
      for (const { message, hash } of accepted)
        if (optedOut.has(hash)) rejections.push({ line: message.line, fault: OPTED_OUT });
    }
    const stored = await loadStretch(this.options.runner, {
      bulkId: this.bulk.id,
      uploadId: this.bulk.upload_id,
      afterLine: this.committed,
      line: this.line,
      digest: this.hash.copy().digest(),
      messages: kept.map(({ message }) => message),
      numberHashes: kept.map(({ hash }) => hash),
      rejections,
      keep: !this.bulk.dry_run,
    });
    if (!stored) throw new UploadSupersededError();
    this.committed = this.line;
    this.rows = [];
  }
}

/** The file is another one than was uploaded before. */
export class BulkFileDiffersError extends ApplicationError {
  constructor() {
    super('conflict', 'bulk_file_differs', 'This is not the file that the bulk was begun with.');
  }
}

/** The digest of a file whose bulk is loaded already. */
export async function digestOf(bulk: BulkRow, rows: AsyncIterable<FileRow>): Promise<Buffer> {
  const hash = createHash('sha256').update(digestSeed(bulk));
  for await (const row of rows) hash.update(row.canonical).update('\n');
  return hash.digest();
}
