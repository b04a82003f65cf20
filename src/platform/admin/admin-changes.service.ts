import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager, LessThan } from 'typeorm';

import { Clock } from '../../clock/clock.js';
import type { StatementRunner } from '../../database/database.js';
import { translateEntityError } from '../../database/entity-error.js';
import type { Statement } from '../../database/statement.js';
import { RAISE_DIRECTORY_VERSION } from '../../database/statements/platform-directory.js';
import { ApplicationError } from '../../errors.js';
import { DirectoryWatch } from '../accounts/directory-watch.js';
import type { AdminCall } from './admin-call.js';
import { AdminRequest } from './admin-request.entity.js';
import { AuditEntry } from './audit-entry.entity.js';

/** What the trail says of a change. */
export interface Change {
  /** `account.create`, `price.add`, … */
  readonly action: string;
  /** Name of the account that it belongs to, if it belongs to one. */
  readonly account?: string;
  /** What was asked for, without keys; numbers as keyed hashes. */
  readonly details: object;
}

/** The transaction of a change: entities by its manager, hand-written statements by `run`. */
export class ChangeTransaction implements StatementRunner {
  constructor(readonly manager: EntityManager) {}

  /** Runs a statement that begins with `select` or `with` and ends in a `select`. */
  run<Row extends object>(statement: Statement<Row>, parameters: readonly unknown[]): Promise<Row[]> {
    return this.manager.query<Row[]>(statement.text, [...parameters]);
  }
}

/** The answer to a change, and whether it was made just now or by an earlier call with the same Idempotency-Key. */
export interface Made<Answer> {
  readonly answer: Answer;
  readonly replayed: boolean;
}

/** How long an Idempotency-Key is remembered. */
const REMEMBERED = 24 * 3_600_000;

/**
 * Makes the changes of operators: each in one transaction with its entry in the trail and the memory of its Idempotency-Key,
 * announced to all processes. They take turns at the directory's row, so that what a change has looked at stays so until it
 * is committed.
 */
@Injectable()
export class AdminChanges {
  constructor(
    @InjectDataSource() private readonly source: DataSource,
    private readonly watch: DirectoryWatch,
    private readonly clock: Clock,
  ) {}

  /**
   * Makes a change, or gives the answer of the call that made it already. What `work` throws undoes it.
   *
   * @param work makes it; what it returns is stored in clear for the time that the key is remembered, so it holds no secret
   * @throws ApplicationError `idempotency_key_reused` (rule); what `work` throws
   * @throws DatabaseUnavailableError nothing was changed
   * @throws OutcomeUnknownError it may have been made; the same Idempotency-Key tells
   */
  async make<Answer extends object>(
    call: AdminCall,
    change: Change,
    work: (transaction: ChangeTransaction) => Promise<Answer>,
  ): Promise<Made<Answer>> {
    try {
      const made = await this.source.transaction(async (manager) => {
        await manager.query(RAISE_DIRECTORY_VERSION.text);
        const earlier = await earlierAnswer(manager, call);
        if (earlier !== undefined) return { answer: earlier as Answer, replayed: true };
        const answer = await work(new ChangeTransaction(manager));
        await this.record(manager, call, change);
        await remember(manager, call, answer);
        return { answer, replayed: false };
      });
      await this.watch.refresh();
      return made;
    } catch (error) {
      throw translateEntityError(error);
    }
  }

  private async record(manager: EntityManager, call: AdminCall, { action, account, details }: Change): Promise<void> {
    await manager.insert(AuditEntry, {
      at: new Date(this.clock.now()),
      action,
      account: account ?? null,
      requestId: call.requestId,
      remoteAddress: call.remoteAddress,
      details,
    });
  }
}

async function earlierAnswer(manager: EntityManager, call: AdminCall): Promise<object | undefined> {
  if (call.idempotencyKey === undefined) return undefined;
  await manager.delete(AdminRequest, { createdAt: LessThan(new Date(Date.now() - REMEMBERED)) });
  const earlier = await manager.findOneBy(AdminRequest, { key: call.idempotencyKey });
  if (earlier === null) return undefined;
  if (earlier.fingerprint.equals(call.fingerprint)) return earlier.answer;
  throw new ApplicationError(
    'rule',
    'idempotency_key_reused',
    'This Idempotency-Key was used with another request in the last 24 hours.',
  );
}

async function remember(manager: EntityManager, call: AdminCall, answer: object): Promise<void> {
  if (call.idempotencyKey === undefined) return;
  await manager.insert(AdminRequest, { key: call.idempotencyKey, fingerprint: call.fingerprint, answer });
}
