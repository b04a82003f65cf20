import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Logger } from 'pino';

import { Clock } from '../../clock/clock.js';
import type { PushRow } from '../../database/statements/platform-push.js';
import { LOGGER, RUNTIME } from '../../runtime.module.js';
import type { Runtime } from '../../runtime.js';
import { ResultCode } from '../../uip/domain/result-code.js';
import { UipTransport, type UipOutcome } from '../../uip/uip-transport.js';
import { AccountDirectory } from '../accounts/account-directory.js';
import { nextPush } from '../domain/push-schedule.js';
import { type PushResult, PushResults } from './push-results.js';
import { reportPacket } from './report-packet.js';

/** Milliseconds for a push, connection and ANSWER included. */
const PUSH_TIME = 10_000;

/** What a push says about the customer's server. */
export type PushHealth = 'acknowledged' | 'refused' | 'silent';

/** Pushes one report and judges what came of it. */
@Injectable()
export class ReportPusher implements OnApplicationShutdown {
  constructor(
    private readonly transport: UipTransport,
    private readonly accounts: AccountDirectory,
    private readonly clock: Clock,
    private readonly results: PushResults,
    @Inject(RUNTIME) private readonly runtime: Runtime,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Pushes a report and stores what came of it. Never rejects: whatever goes wrong is a reason to push it again. */
  async push(row: PushRow, health: (health: PushHealth) => void): Promise<void> {
    const outcome = await this.send(row);
    const error = faultOf(outcome);
    if (error === undefined) health('acknowledged');
    else health(outcome.kind === 'answered' ? 'refused' : 'silent');
    const result: PushResult = error === undefined ? { kind: 'acknowledged', id: row.id } : this.later(row, error);
    try {
      await this.results.store(result);
      // One at a time, to a server that does not answer, they would wait for days.
      if (result.kind === 'park' && outcome.kind !== 'answered') await this.parkOverdue(row.account_id, result.error);
    } catch (cause) {
      this.logger.error({ err: cause }, 'the result of a push could not be stored; the report is pushed again');
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.transport.close();
  }

  /** Parks all reports of an account whose time is over as well. */
  private async parkOverdue(account: number, error: string): Promise<void> {
    const parked = await this.results.parkOverdue(account, error);
    if (parked > 0) this.logger.warn({ account, error, parked }, 'reports are parked that were due as long');
  }

  private later(row: PushRow, error: string): PushResult {
    const { id, account_id: account, attempts } = row;
    const dueAt = nextPush(attempts, row.since.getTime(), this.clock.now(), Math.random());
    if (dueAt === undefined) {
      this.logger.warn({ account, error }, 'a report is parked: 24 hours of pushing were in vain');
      return { kind: 'park', id, error };
    }
    this.logger.debug({ account, attempts, error }, 'a report was not acknowledged');
    return { kind: 'again', id, dueAt, error };
  }

  private async send(row: PushRow): Promise<UipOutcome> {
    const url = this.urlOf(row.account_id);
    if (url === undefined) {
      return { kind: 'not_sent', reason: 'url', stopRoute: true, detail: 'the account has no callback URL' };
    }
    return this.transport.send(url, reportPacket(row), { deadline: performance.now() + PUSH_TIME });
  }

  /** Where an account's reports go; an account without a URL uses the callback listener of the same sandbox. */
  private urlOf(accountId: number): string | undefined {
    const account = this.accounts.byId(accountId);
    if (account?.callbackUrl !== undefined) return account.callbackUrl;
    const { config, addresses } = this.runtime;
    if (account === undefined || !config.sandbox) return undefined;
    return addresses.callbackUrl ?? `https://localhost:${config.callback.port}/dr`;
  }
}

/** Why an outcome is no acknowledgement, in a few words; `undefined` when it is one. */
function faultOf(outcome: UipOutcome): string | undefined {
  if (outcome.kind !== 'answered') return `${outcome.reason}: ${outcome.detail}`.slice(0, 200);
  const { resultCode } = outcome.answer;
  return resultCode === ResultCode.OK ? undefined : `RESULT_CODE ${resultCode}`;
}
