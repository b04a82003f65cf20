import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import type { EntityManager } from 'typeorm';

import { type ChangeRequest, Changes } from '../../apps/changes.service.js';
import { Database } from '../../database/database.js';
import {
  COUNT_PROPOSALS,
  type DifferenceRow,
  FIND_RUN,
  LIST_DIFFERENCES,
  LIST_RUNS,
  READ_TOTALS,
  type RunRow,
} from '../../database/statements/reconcile-query.js';
import { plainArray } from '../../database/statement.js';
import { Routes } from '../../messaging/routes.js';
import { Cursors, type Page, type PageQuery, type Position } from '../../rest/page.js';
import { InvalidRequestError } from '../../rest/validation.pipe.js';
import { parseUuid, uuidv7 } from '../../uuid.js';
import { parsePeriod } from '../domain/statement-period.js';
import { RunNotDoneError, RunNotFoundError, StatementNotFoundError } from '../reconciliation.errors.js';
import type { CreateRunDto, DifferencesQuery, DifferenceView, RunDetailView, RunView } from './run.dto.js';
import { differenceView, DISPUTE_HEADER, disputeLine, runView } from './run.view.js';

/** Differences in a stretch of a dispute pack. */
const STRETCH = 1_000;

const runCursors = new Cursors(
  'reconciliation runs',
  (position: Position): position is [string] => parseUuid(String(position[0])) !== undefined && position.length === 1,
);
const differenceCursors = new Cursors(
  'differences',
  (position: Position): position is [number] => typeof position[0] === 'number' && position.length === 1,
);

/** Runs by API: asking for one, and what came of it. The work is the worker's. */
@Injectable()
export class Runs {
  constructor(
    private readonly database: Database,
    private readonly changes: Changes,
    private readonly routes: Routes,
  ) {}

  /**
   * Asks for a run; a worker takes it up within seconds. Returns the JSON text of its view.
   * @throws StatementNotFoundError, InvalidRequestError, UnknownRouteError
   */
  async create(request: ChangeRequest, dto: CreateRunDto): Promise<string> {
    const route = dto.route === undefined ? undefined : await this.routes.find(dto.route);
    return this.changes.create(request, async (change) => {
      const wanted = { statementId: dto.statement, period: dto.period, routeId: route?.id };
      const id = await insertRun(change.manager, wanted, new Date(change.now));
      const [row] = await change.manager.query<RunRow[]>(FIND_RUN.text, [id]);
      if (row === undefined) throw new RunNotFoundError();
      const view = runView(row, []);
      await change.audit({ action: 'reconciliation_run.created', id, after: view });
      return view;
    });
  }

  /** Runs, newest first. */
  async list({ limit, cursor }: PageQuery): Promise<Page<RunView>> {
    const [before = null] = runCursors.decode(cursor) ?? [];
    const rows = await this.database.run(LIST_RUNS, [before, limit + 1]);
    const totals = await this.database.run(READ_TOTALS, [plainArray(rows.map(({ id }) => id))]);
    const view = (row: RunRow): RunView =>
      runView(
        row,
        totals.filter(({ run_id: id }) => id === row.id),
      );
    return runCursors.page(rows, limit, ({ id }) => [id], view);
  }

  /** @throws RunNotFoundError */
  async find(id: string): Promise<RunDetailView> {
    const row = await this.row(id);
    const [totals, counts] = await Promise.all([
      this.database.run(READ_TOTALS, [plainArray([row.id])]),
      this.database.run(COUNT_PROPOSALS, [row.id]),
    ]);
    const countOf = (decision: string): number => counts.find((count) => count.decision === decision)?.count ?? 0;
    const proposals = { open: countOf('open'), approved: countOf('approved'), rejected: countOf('rejected') };
    return Object.assign(runView(row, totals), { proposals });
  }

  /** @throws RunNotFoundError, RunNotDoneError */
  async differences(id: string, query: DifferencesQuery): Promise<Page<DifferenceView>> {
    const [after = 0] = differenceCursors.decode(query.cursor) ?? [];
    const run = await this.doneRun(id);
    const rows = await this.page(run.id, after, query, query.limit + 1);
    return differenceCursors.page(rows, query.limit, (row) => [row.id], differenceView);
  }

  /**
   * The dispute pack: all differences that the query asks for, as CSV, a stretch at a time.
   * @throws RunNotFoundError, RunNotDoneError, before the first stretch
   */
  async *disputePack(id: string, query: Pick<DifferencesQuery, 'cause' | 'open'>): AsyncGenerator<string> {
    const run = await this.doneRun(id);
    yield DISPUTE_HEADER;
    let after = 0;
    for (;;) {
      const rows = await this.page(run.id, after, query, STRETCH);
      const last = rows.at(-1);
      if (last === undefined) return;
      yield rows.map(disputeLine).join('');
      after = last.id;
    }
  }

  private page(
    runId: string,
    after: number,
    { cause, open }: Pick<DifferencesQuery, 'cause' | 'open'>,
    limit: number,
  ): Promise<DifferenceRow[]> {
    return this.database.run(LIST_DIFFERENCES, [runId, after, cause ?? null, open ?? false, limit]);
  }

  private async row(id: string): Promise<RunRow> {
    const [row] = await this.database.run(FIND_RUN, [parseUuid(id) ?? null]);
    if (row === undefined) throw new RunNotFoundError();
    return row;
  }

  private async doneRun(id: string): Promise<RunRow> {
    const row = await this.row(id);
    if (row.state !== 'done') throw new RunNotDoneError();
    return row;
  }
}

/** What a run is to be of; what is left out is as the statement says. */
interface WantedRun {
  readonly statementId: string;
  readonly period: string | undefined;
  readonly routeId: number | undefined;
}

/** @returns the run's id @throws StatementNotFoundError, InvalidRequestError */
async function insertRun(manager: EntityManager, wanted: WantedRun, now: Date): Promise<string> {
  const [statement] = await manager.query<{ period: string; route_id: number | null }[]>(
    `select period, route_id from provider_statement where id = $1 and state = 'loaded'`,
    [wanted.statementId],
  );
  if (statement === undefined) throw new StatementNotFoundError();
  const period = parsePeriod(wanted.period ?? statement.period);
  if (period === undefined) throw new InvalidRequestError([{ field: 'period', rule: 'must be a day that there is' }]);
  const id = uuidv7(Date.now(), randomBytes(10));
  await manager.query(
    `insert into reconciliation_run (id, statement_id, period, period_from, period_to, route_id, created_at)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [
      id,
      wanted.statementId,
      period.name,
      new Date(period.from),
      new Date(period.to),
      wanted.routeId ?? statement.route_id,
      now,
    ],
  );
  return id;
}
