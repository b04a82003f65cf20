import { Injectable } from '@nestjs/common';
import { createHash, randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';

import { type Change, type ChangeRequest, Changes } from '../../apps/changes.service.js';
import { type Money, parseAmount, toMoneyJson } from '../../billing/domain/money.js';
import { Clock } from '../../clock/clock.js';
import { Database } from '../../database/database.js';
import { FIND_STATEMENT, LIST_STATEMENTS, type StatementRow } from '../../database/statements/reconcile-query.js';
import {
  abandonedStatements,
  beginStatement,
  dropStatement,
  type SealedStatement,
} from '../../database/statements/reconcile-stage.js';
import { Routes } from '../../messaging/routes.js';
import { Cursors, type Page, type PageQuery, type Position } from '../../rest/page.js';
import { InvalidRequestError } from '../../rest/validation.pipe.js';
import { parseUuid, uuidv7 } from '../../uuid.js';
import { parsePeriod } from '../domain/statement-period.js';
import { StatementNotFoundError } from '../reconciliation.errors.js';
import { Mappings } from './mappings.service.js';
import { type StatementView, type UploadStatementQuery, type UploadedStatementView } from './statement.dto.js';
import { StatementIntake } from './statement-intake.js';

const cursors = new Cursors(
  'statements',
  (position: Position): position is [string] => parseUuid(String(position[0])) !== undefined && position.length === 1,
);

/** The provider's statements: taken in as they come, kept as rows that runs are made of. */
@Injectable()
export class Statements {
  constructor(
    private readonly database: Database,
    private readonly changes: Changes,
    private readonly intake: StatementIntake,
    private readonly mappings: Mappings,
    private readonly routes: Routes,
    private readonly clock: Clock,
  ) {}

  /**
   * Takes a file in. It is all there when this returns, or nothing of it. A file that was here before is recognised by its digest.
   * Returns the JSON text of an `UploadedStatementView`.
   *
   * @throws MappingNotFoundError, UnknownRouteError, InvalidRequestError, and those of `StatementIntake.read`
   */
  async upload(request: ChangeRequest, query: UploadStatementQuery, body: Readable): Promise<string> {
    if (query.period !== undefined && parsePeriod(query.period) === undefined)
      throw new InvalidRequestError([{ field: 'period', rule: 'must be a day that there is' }]);
    const mapping = await this.mappings.definition(query.mapping);
    const route = query.route === undefined ? undefined : await this.routes.find(query.route);
    const id = uuidv7(Date.now(), randomBytes(10));
    await beginStatement(this.database, {
      id,
      uploadedAt: new Date(this.clock.now()),
      name: query.name ?? '',
      mapping: query.mapping ?? null,
      listsUnbilled: mapping.listsUnbilled,
      routeId: route?.id ?? null,
    });
    let isNew = false;
    let isKept = false;
    try {
      const { month, ...read } = await this.intake.read(id, mapping, body);
      const sealed = { ...read, id, period: query.period ?? month };
      const answer = await this.changes.create(withContent(request, read.digest), async (change) => {
        const view = await seal(change, sealed);
        isNew = !view.repeated;
        return view;
      });
      isKept = isNew;
      return answer;
    } finally {
      // What can't be removed now is removed by the job. A statement that is there after all is left alone.
      if (!isKept) await dropStatement(this.database, id).catch(() => undefined);
    }
  }

  /** Statements, newest first. */
  async list({ limit, cursor }: PageQuery): Promise<Page<StatementView>> {
    const [before = null] = cursors.decode(cursor) ?? [];
    const rows = await this.database.run(LIST_STATEMENTS, [before, limit + 1]);
    return cursors.page(rows, limit, ({ id }) => [id], statementView);
  }

  /** @throws StatementNotFoundError */
  async find(id: string): Promise<StatementView> {
    const [row] = await this.database.run(FIND_STATEMENT, [parseUuid(id) ?? null, null]);
    if (row === undefined) throw new StatementNotFoundError();
    return statementView(row);
  }

  /** Removes what began to come in and never ended. @returns how many */
  async dropAbandoned(): Promise<number> {
    const abandoned = await abandonedStatements(this.database);
    for (const id of abandoned) await dropStatement(this.database, id);
    return abandoned.length;
  }
}

/** The same key with another file is another request. */
function withContent(request: ChangeRequest, digest: Buffer): ChangeRequest {
  const { idempotency } = request;
  if (idempotency === undefined) return request;
  const fingerprint = createHash('sha256').update(idempotency.fingerprint).update(digest).digest();
  return { ...request, idempotency: { ...idempotency, fingerprint } };
}

/** Makes the statement one that is there, unless the same file has made one before: the digest is looked for under a lock. */
async function seal(change: Change, of: SealedStatement): Promise<UploadedStatementView> {
  const { manager } = change;
  await manager.query('select pg_advisory_xact_lock($1)', [of.digest.readBigInt64BE(0).toString()]);
  const [known] = await manager.query<StatementRow[]>(FIND_STATEMENT.text, [null, of.digest]);
  if (known !== undefined) {
    const view = Object.assign(statementView(known), { repeated: true });
    await change.audit({ action: 'statement.recognised', id: known.id, after: view });
    return view;
  }
  await manager.query(
    `update provider_statement set state = 'loaded', period = $2, digest = $3, bytes = $4, line_count = $5, first_at = $6,
       last_at = $7, totals = $8 where id = $1`,
    [of.id, of.period, of.digest, of.bytes, of.rows, of.firstAt, of.lastAt, JSON.stringify(of.totals)],
  );
  const [row] = await manager.query<StatementRow[]>(FIND_STATEMENT.text, [of.id, null]);
  if (row === undefined) throw new StatementNotFoundError();
  const view = Object.assign(statementView(row), { repeated: false });
  await change.audit({ action: 'statement.uploaded', id: of.id, after: view });
  return view;
}

function statementView(row: StatementRow): StatementView {
  return {
    id: row.id,
    name: row.name,
    mapping: row.mapping,
    route: row.route,
    period: row.period,
    uploadedAt: row.uploaded_at.toISOString(),
    rows: row.line_count,
    bytes: row.bytes,
    digest: row.digest.toString('hex'),
    firstAt: row.first_at.toISOString(),
    lastAt: row.last_at.toISOString(),
    totals: Object.entries(row.totals).map(([currency, { rows, amount }]) => ({
      rows,
      billed: toMoneyJson({ amount: parseAmount(amount), currency: currency as Money['currency'] }),
    })),
  };
}
