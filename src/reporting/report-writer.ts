import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';

import { BatchWriter } from '../database/batch-writer.js';
import { Database } from '../database/database.js';
import { STORE_REPORTS, storeReportsParameters } from '../database/statements/report-store.js';
import type { NewReport } from './domain/incoming-report.js';
import { APPLY_STRIDE } from './domain/report-schedule.js';
import { ReportIds } from './report-ids.js';
import { ReportSink } from './report-sink.js';

/** Entries a statement: beyond this a longer one gains nothing. */
const MAX_FLUSH = 1000;
/** Entries that may wait: a few seconds of the fastest intake, some 10 MB. */
const MAX_WAITING = 20_000;

/**
 * Milliseconds after a call to the workers within which there is no other: the one that came looks again by itself a stride
 * later, and PostgreSQL lets no two commits that notify pass at a time. The other half is for the statement on its way.
 */
const CALL_PAUSE = APPLY_STRIDE / 2;

/** The default `ReportSink`: PostgreSQL, concurrent packets sharing a statement and its commit. */
@Injectable()
export class ReportWriter extends ReportSink implements BeforeApplicationShutdown {
  private readonly ids = new ReportIds();
  private readonly writer: BatchWriter<readonly NewReport[], undefined>;
  private calledAt = -Infinity;

  constructor(private readonly database: Database) {
    super();
    this.writer = new BatchWriter({
      name: 'reports',
      flush: (packets) => this.flush(packets),
      maxFlush: MAX_FLUSH,
      maxWaiting: MAX_WAITING,
      weight: (reports) => reports.length,
    });
  }

  async store(reports: readonly NewReport[]): Promise<void> {
    if (reports.length > 0) await this.writer.submit(reports);
  }

  /** Lets what was taken in reach the disk, before the database is closed. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.writer.drain();
  }

  private async flush(packets: readonly (readonly NewReport[])[]): Promise<undefined[]> {
    const rows = packets.flat();
    const ids = rows.map(() => this.ids.next());
    const calls = performance.now() - this.calledAt >= CALL_PAUSE;
    await this.database.run(STORE_REPORTS, storeReportsParameters(ids, rows, calls));
    if (calls) this.calledAt = performance.now();
    return packets.map(() => undefined);
  }
}
