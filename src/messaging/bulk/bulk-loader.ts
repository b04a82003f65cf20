import { createHash, type Hash } from 'node:crypto';

import { loadStretch } from '../../database/statements/bulk-load.js';
import type { StatementRunner } from '../../database/database.js';
import type { BulkRow } from '../../database/statements/bulk-job.js';
import { ApplicationError } from '../../errors.js';
import { type BulkMessage, type FileRow, isRowFault, type RowFault, type RowJudge } from '../domain/bulk-row.js';
import { digestSeed } from './bulk-setup.js';

/**
 * Rows of one commit at the most. Twice as many are hardly faster, and live so long that they leave the young generation of the heap,
 * where garbage costs nothing (docs/decisions/0082-bulk.md).
 */
const COMMIT_ROWS = 1000;

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

interface AcceptedRow {
  readonly message: BulkMessage;
  readonly hash: bigint;
}

interface RejectedRow {
  readonly line: number;
  readonly fault: RowFault;
}

const OPTED_OUT: RowFault = { code: 'opted_out', rule: 'to must be a number that has not opted out' };

/**
 * Takes the rows of one upload in, in commits of up to 1,000 rows. Rows that an earlier upload has committed are only compared,
 * by the digest of all before them.
 */
export class BulkLoader {
  private readonly hash: Hash;
  /** The last line that is stored. */
  committed: number;
  private line = 0;
  /** What the next commit is made of; the rows themselves are not kept. */
  private accepted: AcceptedRow[] = [];
  private rejections: RejectedRow[] = [];

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
      const judged = this.options.judge.judge(row);
      if (isRowFault(judged)) this.rejections.push({ line: row.line, fault: judged });
      else this.accepted.push({ message: judged, hash: this.options.hashNumber(judged.digits) });
      if (this.accepted.length + this.rejections.length === COMMIT_ROWS) await this.commit();
    }
    if (!compared) this.compare();
    if (this.accepted.length + this.rejections.length > 0) await this.commit();
    return { line: this.committed, digest: this.hash.digest() };
  }

  private compare(): void {
    if (this.bulk.loaded_digest?.equals(this.hash.copy().digest()) === true) return;
    throw new BulkFileDiffersError();
  }

  private async commit(): Promise<void> {
    const { accepted, rejections } = this;
    this.accepted = [];
    this.rejections = [];
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
