import { createParamDecorator, type ExecutionContext, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { createHash } from 'node:crypto';
import type { Request } from 'express';
import { DataSource, type EntityManager } from 'typeorm';

import { Clock } from '../clock/clock.js';
import { SecretStore } from '../config/secret-store.js';
import type { StatementRunner } from '../database/database.js';
import { translateEntityError } from '../database/entity-error.js';
import type { Statement } from '../database/statement.js';
import { audit, auditEntryOf, type AuditedChange } from './audit-trail.js';
import { type Caller, callerOf } from './caller.js';
import {
  type Idempotency,
  IdempotencyKeyInUseError,
  IdempotencyKeyReusedError,
  readIdempotency,
} from './idempotency-key.js';
import { IdempotentAnswer } from './idempotent-answer.entity.js';

/** Milliseconds for which an Idempotency-Key stands for its first request (contract.md 4). */
export const IDEMPOTENCY_AGE = 24 * 3_600_000;
/** What sealed answers are for, as the `SecretStore` is told. */
const PURPOSE = 'idempotent answer';

/** Who wants a change, and whether he may repeat himself. */
export interface ChangeRequest {
  readonly caller: Caller;
  readonly idempotency: Idempotency | undefined;
}

/** The `ChangeRequest` as a parameter of a controller's method. */
export const CurrentChange = createParamDecorator((_: unknown, context: ExecutionContext): ChangeRequest => {
  const request = context.switchToHttp().getRequest<Request>();
  const header = request.headers['idempotency-key'];
  return {
    caller: callerOf(request),
    idempotency: readIdempotency(
      Array.isArray(header) ? header.join(',') : header,
      request.method,
      request.originalUrl,
      request.body as unknown,
    ),
  };
});

/** A change under way: all through `manager` is one transaction with its audit entries. */
export class Change {
  constructor(
    readonly manager: EntityManager,
    readonly by: Caller,
    /** Business time, milliseconds. */
    readonly now: number,
  ) {}

  /** Runs hand-written statements in the change's transaction. */
  readonly statements: StatementRunner = {
    run: async <Row extends object>({ text }: Statement<Row>, parameters: readonly unknown[]): Promise<Row[]> => {
      const result = await this.manager.queryRunner?.query(text, [...parameters], true);
      return (result?.records ?? []) as Row[];
    },
  };

  /** Appends to the audit trail. Every change does, at least once. */
  audit(change: AuditedChange): Promise<void> {
    return audit(this.manager, auditEntryOf(this.by, change, this.now));
  }
}

/** Changes of the configuration by API: each in one transaction with its audit entries and the answer for repetitions. */
@Injectable()
export class Changes {
  constructor(
    @InjectDataSource() private readonly source: DataSource,
    private readonly secrets: SecretStore,
    private readonly clock: Clock,
  ) {}

  /**
   * Makes a change, all of it or nothing.
   * @throws what `work` throws
   * @throws DatabaseUnavailableError nothing was changed
   * @throws OutcomeUnknownError changed or not
   */
  async make<Result>({ caller }: ChangeRequest, work: (change: Change) => Promise<Result>): Promise<Result> {
    try {
      return await this.source.transaction((manager) => work(new Change(manager, caller, this.clock.now())));
    } catch (error) {
      throw translateEntityError(error);
    }
  }

  /**
   * Makes a change that creates something, and returns the JSON text of what `work` gives. A repetition with the same
   * Idempotency-Key is answered with the same bytes for 24 hours, and creates nothing.
   * @throws IdempotencyKeyInUseError, IdempotencyKeyReusedError, and those of `make`
   */
  create(request: ChangeRequest, work: (change: Change) => Promise<object>): Promise<string> {
    return this.make(request, async (change) => {
      const { idempotency, caller } = request;
      if (idempotency === undefined) return JSON.stringify(await work(change));
      const known = await this.known(change.manager, caller.appId, idempotency);
      if (known !== undefined) return known;
      const answer = JSON.stringify(await work(change));
      await this.remember(change.manager, caller.appId, idempotency, answer);
      return answer;
    });
  }

  /** Takes the key for this transaction and looks for the answer that it got before. */
  private async known(manager: EntityManager, appId: number, idempotency: Idempotency): Promise<string | undefined> {
    const { key, fingerprint } = idempotency;
    const [{ taken }] = await manager.query<{ taken: boolean }[]>('select pg_try_advisory_xact_lock($1) as taken', [
      lockOf(appId, key),
    ]);
    if (!taken) throw new IdempotencyKeyInUseError();
    const found = await manager.findOneBy(IdempotentAnswer, { appId, key });
    if (found === null) return undefined;
    if (found.createdAt.getTime() <= Date.now() - IDEMPOTENCY_AGE) {
      await manager.delete(IdempotentAnswer, { appId, key });
      return undefined;
    }
    if (!found.fingerprint.equals(fingerprint)) throw new IdempotencyKeyReusedError();
    return (await this.secrets.open(found.answer, PURPOSE)).toString();
  }

  private async remember(
    manager: EntityManager,
    appId: number,
    { key, fingerprint }: Idempotency,
    text: string,
  ): Promise<void> {
    const answer = await this.secrets.seal(Buffer.from(text), PURPOSE);
    await manager.insert(IdempotentAnswer, { appId, key, fingerprint, answer });
  }
}

/** An advisory lock for an app's key: two that meet by chance only wait for each other's 409. */
function lockOf(appId: number, key: string): string {
  return createHash('sha256').update(`idempotency ${appId} ${key}`).digest().readBigInt64BE(0).toString();
}
