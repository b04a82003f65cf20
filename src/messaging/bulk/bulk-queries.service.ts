import { Injectable } from '@nestjs/common';

import { Clock } from '../../clock/clock.js';
import { Database } from '../../database/database.js';
import { bulkCountries, type BulkRow, findBulk } from '../../database/statements/bulk-job.js';
import { listBulks, listRejections, listSubmissions } from '../../database/statements/bulk-list.js';
import { bulkCounts } from '../../database/statements/bulk-progress.js';
import { csvLine } from '../../rest/csv.js';
import { Cursors, type Page, type PageQuery, type Position } from '../../rest/page.js';
import { isUuidv7 } from '../../uuid.js';
import { Routes } from '../routes.js';
import { BulkNotFoundError } from './bulk-errors.js';
import { BulkStarts } from './bulk-starts.service.js';
import { type BulkSubmissionView, bulkView, type BulkView } from './bulk.view.js';

const HIGHEST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
const LOWEST_ID = '00000000-0000-0000-0000-000000000000';
/** Rows of a download that are read at a time. */
const DOWNLOAD_ROWS = 5000;

const isId = (position: Position): position is [string] => typeof position[0] === 'string' && isUuidv7(position[0]);
const bulkCursors = new Cursors('bulks', isId);
const submissionCursors = new Cursors('bulk-submissions', isId);

/** Reads bulks back, each query bounded to the app that asks. */
@Injectable()
export class BulkQueries {
  constructor(
    private readonly database: Database,
    private readonly routes: Routes,
    private readonly starts: BulkStarts,
    private readonly clock: Clock,
  ) {}

  /** @throws BulkNotFoundError */
  async find(appId: number, id: string): Promise<BulkView> {
    return this.view(await this.bulkOf(appId, id));
  }

  /** Newest first. */
  async list(appId: number, { limit, cursor }: PageQuery): Promise<Page<BulkView>> {
    const [before = HIGHEST_ID] = bulkCursors.decode(cursor) ?? [];
    const rows = await listBulks(this.database, appId, before, limit + 1);
    const page = bulkCursors.page(
      rows,
      limit,
      ({ id }) => [id],
      (row) => row,
    );
    const items: BulkView[] = [];
    for (const row of page.items) items.push(await this.view(row));
    return { items, nextCursor: page.nextCursor };
  }

  /** The submissions that a bulk was moved in, oldest first. @throws BulkNotFoundError */
  async submissions(appId: number, id: string, { limit, cursor }: PageQuery): Promise<Page<BulkSubmissionView>> {
    const bulk = await this.bulkOf(appId, id);
    const [after = LOWEST_ID] = submissionCursors.decode(cursor) ?? [];
    const rows = await listSubmissions(this.database, bulk.id, after, limit + 1);
    return submissionCursors.page(
      rows,
      limit,
      ({ submission_id: id }) => [id],
      ({ submission_id: id, messages }) => ({ id, messages }),
    );
  }

  /** The rows that are not sent, as lines of CSV, read as they are asked for. @throws BulkNotFoundError */
  async rejected(appId: number, id: string): Promise<AsyncIterable<string>> {
    const bulk = await this.bulkOf(appId, id);
    return this.rejectedLines(bulk.id);
  }

  private async *rejectedLines(id: string): AsyncGenerator<string> {
    yield csvLine(['line', 'code', 'reason']);
    for (let after = 0; ;) {
      const rows = await listRejections(this.database, id, after, DOWNLOAD_ROWS);
      const last = rows.at(-1);
      if (last === undefined) return;
      yield rows.map(({ line, code, rule }) => csvLine([line, code, rule])).join('');
      after = last.line;
    }
  }

  private async bulkOf(appId: number, id: string): Promise<BulkRow> {
    const bulk = isUuidv7(id) ? await findBulk(this.database, appId, id) : undefined;
    if (bulk === undefined) throw new BulkNotFoundError();
    return bulk;
  }

  private async view(bulk: BulkRow): Promise<BulkView> {
    const now = this.clock.now();
    const countries = await bulkCountries(this.database, bulk.id);
    const unpriced = countries.some(({ per_segment: price }) => price === null);
    const prices = unpriced ? await this.starts.pricesOf(bulk, now) : new Map<number, undefined>();
    return bulkView({
      bulk,
      route: (await this.routes.byId(bulk.route_id))?.name ?? '',
      countries,
      prices: new Map([...prices].map(([countryCode, price]) => [countryCode, price?.perSegment])),
      counts: bulk.started_at === null ? [] : await bulkCounts(this.database, bulk.id),
      now,
    });
  }
}
