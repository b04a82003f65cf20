import type { StatementRunner } from '../database.js';
import { statement } from '../statement.js';
import { BULK_COLUMNS, type BulkRow } from './bulk-job.js';

const LIST = statement<BulkRow>(
  'bulk_list',
  `select ${BULK_COLUMNS} from bulk where app_id = $1 and id < $2 order by id desc limit $3`,
);

/** Bulks of an app before an id, newest first. */
export function listBulks(runner: StatementRunner, appId: number, before: string, limit: number): Promise<BulkRow[]> {
  return runner.run(LIST, [appId, before, limit]);
}

/** A row of a file that is not sent. */
export interface RejectionRow {
  readonly line: number;
  readonly code: string;
  readonly rule: string;
}

const REJECTIONS = statement<RejectionRow>(
  'bulk_rejections',
  'select line, code, rule from bulk_rejection where bulk_id = $1 and line > $2 order by line limit $3',
);

/** Rows of a bulk that are not sent, after a line, in the order of the file. */
export function listRejections(
  runner: StatementRunner,
  id: string,
  afterLine: number,
  limit: number,
): Promise<RejectionRow[]> {
  return runner.run(REJECTIONS, [id, afterLine, limit]);
}

const SUBMISSIONS = statement<{ submission_id: string; messages: number }>(
  'bulk_submissions',
  `select submission_id::text, messages from bulk_stretch
   where bulk_id = $1 and submission_id > $2 order by submission_id limit $3`,
);

/** Submissions that a bulk was moved in, after an id, oldest first. */
export function listSubmissions(
  runner: StatementRunner,
  id: string,
  after: string,
  limit: number,
): Promise<{ submission_id: string; messages: number }[]> {
  return runner.run(SUBMISSIONS, [id, after, limit]);
}
