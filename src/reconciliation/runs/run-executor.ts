import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';

import { parseAmount } from '../../billing/domain/money.js';
import { Clock } from '../../clock/clock.js';
import { Database, type Transaction } from '../../database/database.js';
import { collectItems } from '../../database/statements/reconcile-collect.js';
import {
  type Judgement,
  judgeItems,
  judgeLines,
  noteBilled,
  readBalances,
  readMissingRule,
} from '../../database/statements/reconcile-judge.js';
import { matchLines } from '../../database/statements/reconcile-match.js';
import { advanceRun, cleanRun, finishRun, type HeldRun, holdRun } from '../../database/statements/reconcile-run.js';
import { LOGGER } from '../../runtime.module.js';
import { lowestUuidv7 } from '../../uuid.js';
import { PHASE_CODE } from '../domain/run-phase.js';
import { parsePeriod } from '../domain/statement-period.js';

const HOUR = 3_600_000;
/** Attempts are looked at so long before and after the period: as far as zones can shift its edges. */
const MARGIN = 26 * HOUR;
/** Ids are made by the real clocks of the machines, which may be off by so much. */
const ID_MARGIN = HOUR;
const ATTEMPTS = 4_000;
const MESSAGES = 4_000;
const LINES = 1_000;
const ITEMS = 5_000;
const CLEANED = 10_000;
const LOWEST = '00000000-0000-0000-0000-000000000000';

/** For how long a run is a worker's own after each stretch, by the database's time; a stretch takes a second or two. */
export const RUN_LEASE = 30_000;

/** The worker has lost the run to another one. */
export class RunLostError extends Error {}

/**
 * Does the work of a run, a stretch at a time: each is one short transaction that also says how far the run has come, so whoever
 * goes on after a crash goes on exactly there, and memory does not grow with the statement (docs/decisions/0072-runs.md).
 */
@Injectable()
export class RunExecutor {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * One stretch of a run that this worker has taken.
   * @returns whether there is more to do
   * @throws RunLostError nothing was done: the run is another worker's
   */
  async stretch(runId: string, workerId: string): Promise<boolean> {
    return this.database.transaction(async (transaction) => {
      const run = await holdRun(transaction, runId, workerId, RUN_LEASE);
      if (run === undefined) throw new RunLostError('the run has gone to another worker');
      switch (run.phase) {
        case PHASE_CODE.collect:
          return this.collect(transaction, run);
        case PHASE_CODE.match:
          return this.match(transaction, run);
        case PHASE_CODE.judge_lines:
          return this.judgeLines(transaction, run);
        case PHASE_CODE.judge_items:
          return this.judgeItems(transaction, run);
        case PHASE_CODE.clean:
          return this.clean(transaction, run);
        default:
          return this.finish(transaction, run);
      }
    });
  }

  private async collect(transaction: Transaction, run: HeldRun): Promise<boolean> {
    const { period_from: from, period_to: to } = run;
    const window = { from: new Date(from.getTime() - MARGIN), to: new Date(to.getTime() + MARGIN) };
    // A sandbox's clock may be ahead of the real one, which ids are made by.
    const ahead = Math.max(0, this.clock.now() - Date.now());
    const earliest = lowestUuidv7(Math.max(0, window.from.getTime() - ahead - ID_MARGIN));
    const afterId = run.after_id ?? earliest;
    const untilId = run.until_id ?? lowestUuidv7(window.to.getTime() + ID_MARGIN);
    if (run.after_id === null) await noteBilled(transaction, run.id, run.statement_id);
    const collection = {
      runId: run.id,
      afterId,
      untilId,
      window,
      period: { from, to },
      routeId: run.route_id,
      ledgerFrom: earliest,
    };
    const { items, last } = await collectItems(transaction, collection, ATTEMPTS, MESSAGES);
    await advanceRun(transaction, run.id, {
      phase: last === null ? PHASE_CODE.match : PHASE_CODE.collect,
      afterId: last,
      untilId,
      items,
    });
    return true;
  }

  private async match(transaction: Transaction, run: HeldRun): Promise<boolean> {
    const { lines, last, began, ended } = await matchLines(transaction, {
      runId: run.id,
      statementId: run.statement_id,
      afterLine: run.after_line,
      limit: LINES,
      period: { from: run.period_from, to: run.period_to },
      routeId: run.route_id,
    });
    const isOver = last === null;
    await advanceRun(transaction, run.id, {
      phase: isOver ? PHASE_CODE.judge_lines : PHASE_CODE.match,
      afterLine: last ?? 0,
      linesMatched: lines,
      firstMatched: began,
      lastMatched: ended,
    });
    return true;
  }

  private async judgeLines(transaction: Transaction, run: HeldRun): Promise<boolean> {
    const { lines, last } = await judgeLines(transaction, judgementOf(run), run.after_line, LINES);
    await advanceRun(transaction, run.id, {
      phase: last === null ? PHASE_CODE.judge_items : PHASE_CODE.judge_lines,
      afterLine: last ?? 0,
      linesJudged: lines,
    });
    return true;
  }

  private async judgeItems(transaction: Transaction, run: HeldRun): Promise<boolean> {
    const period = parsePeriod(run.period);
    const rule = await readMissingRule(transaction, run.statement_id, period?.previous ?? '', period?.next ?? '');
    const after = {
      submissionId: run.after_id ?? LOWEST,
      ordinal: run.after_ordinal,
      attemptId: run.after_attempt ?? LOWEST,
    };
    const { items, last } = await judgeItems(transaction, judgementOf(run), after, rule, ITEMS);
    await advanceRun(transaction, run.id, {
      phase: last === undefined ? PHASE_CODE.clean : PHASE_CODE.judge_items,
      afterId: last?.submissionId ?? null,
      afterOrdinal: last?.ordinal ?? 0,
      afterAttempt: last?.attemptId ?? null,
      itemsJudged: items,
    });
    return true;
  }

  private async clean(transaction: Transaction, run: HeldRun): Promise<boolean> {
    const gone = await cleanRun(transaction, run.id, CLEANED);
    await advanceRun(transaction, run.id, { phase: gone === 0 ? PHASE_CODE.finish : PHASE_CODE.clean });
    return true;
  }

  /** Every cent must have its cause: what has none is a defect of ours or of the ledger, and is said loudly. */
  private async finish(transaction: Transaction, run: HeldRun): Promise<boolean> {
    const balances = await readBalances(transaction, run.id);
    const off = balances.filter(
      ({ billed, ours, explained }) => parseAmount(billed) - parseAmount(ours) !== parseAmount(explained),
    );
    await finishRun(transaction, run.id, off.length === 0, new Date(this.clock.now()));
    const told = { runId: run.id, period: run.period };
    if (off.length > 0)
      this.logger.error(
        { ...told, balances: off },
        'a reconciliation does not add up: the ledger and the messages disagree',
      );
    else this.logger.info(told, 'a reconciliation is done');
    return false;
  }
}

function judgementOf(run: HeldRun): Judgement {
  return {
    runId: run.id,
    statementId: run.statement_id,
    period: { name: run.period, from: run.period_from, to: run.period_to },
  };
}
