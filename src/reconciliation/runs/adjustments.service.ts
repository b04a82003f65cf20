import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import type { EntityManager } from 'typeorm';

import { type Change, type ChangeRequest, Changes } from '../../apps/changes.service.js';
import { Database, type StatementRunner } from '../../database/database.js';
import { plainArray, type Statement } from '../../database/statement.js';
import { DECIDE_PROPOSALS, LOCK_PROPOSALS, type ProposalRow } from '../../database/statements/reconcile-adjust.js';
import { FIND_RUN } from '../../database/statements/reconcile-query.js';
import { APPLY_REPORTS, applyReportsParameters } from '../../database/statements/report-apply.js';
import type { LocatedReport } from '../../reporting/domain/apply-report.js';
import { applyBatch, type BatchOutcome } from '../../reporting/domain/report-batch.js';
import { lockMessages } from '../../reporting/report-locator.service.js';
import { InvalidRequestError } from '../../rest/validation.pipe.js';
import { parseUuid, UUID_RANDOM_BYTES, uuidv7 } from '../../uuid.js';
import { SmsState } from '../../uip/domain/sms-state.js';
import { RunNotDoneError, RunNotFoundError } from '../reconciliation.errors.js';
import type { DecideDto, DecidedView } from './run.dto.js';

/** Proposals that are decided in one transaction. */
const STRETCH = 200;

/** Decides on what runs propose. Nothing of ours changes because of a bill unless somebody has said so here. */
@Injectable()
export class Adjustments {
  constructor(
    private readonly database: Database,
    private readonly changes: Changes,
  ) {}

  /**
   * Approves or rejects proposals: those named, or all of a cause. Each is decided once: what somebody else has decided
   * meanwhile is passed by. Many go stretch by stretch, each with its audit entry; if one fails, those before it are done, and the
   * same call goes on with the rest. Returns the JSON text of a `DecidedView`.
   *
   * @throws InvalidRequestError, RunNotFoundError, RunNotDoneError
   */
  async decide(request: ChangeRequest, id: string, dto: DecideDto): Promise<string> {
    if ((dto.differences === undefined) === (dto.cause === undefined))
      throw new InvalidRequestError([{ field: 'differences', rule: 'must be given, or cause' }]);
    const [run] = await this.database.run(FIND_RUN, [parseUuid(id) ?? null]);
    if (run === undefined) throw new RunNotFoundError();
    if (run.state !== 'done') throw new RunNotDoneError();
    let [decided, effective] = [0, 0];
    for (;;) {
      const done = await this.changes.make(request, (change) => decideSome(change, run.id, dto));
      decided += done.decided;
      effective += done.effective;
      if (done.decided < STRETCH) break;
    }
    // Whoever repeats himself with the same key finds nothing left to decide, and gets the first answer.
    return this.changes.create(request, async (change) => {
      if (decided === 0) await auditDecision(change, run.id, dto, []);
      return { decided, effective } satisfies DecidedView;
    });
  }
}

async function decideSome(change: Change, runId: string, dto: DecideDto): Promise<DecidedView> {
  const runner = new ManagerRunner(change.manager);
  const named = dto.differences === undefined ? null : plainArray(dto.differences);
  const proposals = await runner.run(LOCK_PROPOSALS, [runId, named, dto.cause ?? null, STRETCH]);
  if (proposals.length === 0) return { decided: 0, effective: 0 };
  const effective = dto.decision === 'approve' ? await post(runner, proposals, change.now) : [];
  await runner.run(DECIDE_PROPOSALS, [
    plainArray(proposals.map(({ id }) => id)),
    dto.decision === 'approve' ? 'approved' : 'rejected',
    change.by.keyId,
    new Date(change.now),
    plainArray(effective),
  ]);
  await auditDecision(change, runId, dto, proposals);
  return { decided: proposals.length, effective: effective.length };
}

function auditDecision(
  change: Change,
  runId: string,
  dto: DecideDto,
  proposals: readonly ProposalRow[],
): Promise<void> {
  const action = dto.decision === 'approve' ? 'reconciliation_run.approved' : 'reconciliation_run.rejected';
  return change.audit({ action, id: runId, after: { differences: proposals.map(({ id }) => id) } });
}

/**
 * The bill is as good a proof as a report: it is applied by the same rules (design.md 4), so status, money, doubts and events
 * follow as they always do, and any order of approvals and reports ends in the same.
 * @returns ids of the proposals that changed something
 */
async function post(runner: StatementRunner, proposals: readonly ProposalRow[], now: number): Promise<number[]> {
  const wanted = new Map(
    proposals.map((row) => [keyOf(row), { submissionId: row.submission_id, ordinal: row.ordinal }] as const),
  );
  const facts = await lockMessages(runner, wanted.values());
  const batch = facts.map((message) => ({
    message,
    reports: proposals.filter((row) => keyOf(row) === keyOfChange(message)).map((row) => proofOf(row, now)),
  }));
  const outcome = applyBatch(batch);
  const deliveries = new Map(facts.map((message) => [keyOfChange(message), message.deliveryMs]));
  const changed = new Set([...outcome.messages, ...outcome.further, ...outcome.doubts].map(keyOfChange));
  await runner.run(APPLY_REPORTS, applyReportsParameters(changesOf(outcome, deliveries, now)));
  return proposals.filter((row) => changed.has(keyOf(row))).map(({ id }) => id);
}

const keyOf = (row: { readonly submission_id: string; readonly ordinal: number }): string =>
  `${row.submission_id} ${row.ordinal}`;
const keyOfChange = (change: { readonly submissionId: string; readonly ordinal: number }): string =>
  `${change.submissionId} ${change.ordinal}`;

/** What the bill says, as a report would. A row without a state says that the SMS was accepted. */
function proofOf(row: ProposalRow, now: number): LocatedReport {
  return {
    report: {
      id: uuidv7(Date.now(), randomBytes(UUID_RANDOM_BYTES)),
      smsUid: row.sms_uid,
      smsState: row.state ?? SmsState.IDLE,
      at: now,
      attemptId: row.attempt_id,
      foreignBody: false,
    },
    location: {
      by: 'attempt',
      submissionId: row.submission_id,
      ordinal: row.ordinal,
      attemptId: row.attempt_id,
    },
    sameNumber: true,
  };
}

/** A bill does not say when an SMS was delivered: the time to delivery stays. What contradicts the bill is no alarm: nothing is done. */
function changesOf(outcome: BatchOutcome, deliveries: ReadonlyMap<string, number | null>, now: number) {
  return {
    now,
    ...outcome,
    messages: outcome.messages.map((change) => ({
      ...change,
      deliveryMs: deliveries.get(keyOfChange(change)) ?? null,
    })),
    ledger: outcome.ledger.map((move) => ({ ...move, id: uuidv7(Date.now(), randomBytes(UUID_RANDOM_BYTES)) })),
    alarms: [],
    done: [],
    retries: [],
  };
}

/** Hand-written statements in a transaction of TypeORM's. Of those that change something nothing is read but what they select. */
class ManagerRunner implements StatementRunner {
  constructor(private readonly manager: EntityManager) {}

  run<Row extends object>(statement: Statement<Row>, parameters: readonly unknown[]): Promise<Row[]> {
    return this.manager.query<Row[]>(statement.text, [...parameters]);
  }
}
