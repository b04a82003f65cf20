import { Injectable } from '@nestjs/common';

import { Clock } from '../../clock/clock.js';
import { Database } from '../../database/database.js';
import { plainArray } from '../../database/statement.js';
import { EXPIRE_SMS, STORE_STATES } from '../../database/statements/platform-states.js';
import { higherState, smsStateRow } from '../../uip/domain/sms-state.js';
import { Wakes } from '../wakes.js';
import type { SmsStateReport } from './carrier.js';

const PACKETS_A_ROUND = 200;

/** What becomes of SMS: states as they are learnt, each of them a report to the customer. */
@Injectable()
export class SmsStates {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly wakes: Wakes,
  ) {}

  /** Resolves once the states are stored and their reports will be pushed; of one SMS in the order given. */
  async report(reports: readonly SmsStateReport[]): Promise<void> {
    if (reports.length === 0) return;
    const told = reports.flatMap((report) => Array.from({ length: report.repeat ?? 1 }, () => report));
    await this.database.run(STORE_STATES, [...stateColumns(highestOf(reports)), ...reportColumns(told), this.now()]);
    this.wakes.push.wake();
  }

  /**
   * Reports EXPIRED for SMS that have no final state 25 hours after they were accepted (protocol.md 7).
   * @returns whether there may be more
   */
  async expire(): Promise<boolean> {
    const [done] = await this.database.run(EXPIRE_SMS, [this.now(), PACKETS_A_ROUND]);
    if (done !== undefined && done.sms > 0) this.wakes.push.wake();
    return done?.packets === PACKETS_A_ROUND;
  }

  private now(): Date {
    return new Date(this.clock.now());
  }
}

/** One report an SMS, since no row is written twice in a statement: the one whose state is the highest. */
function highestOf(reports: readonly SmsStateReport[]): SmsStateReport[] {
  const highest = new Map<string, SmsStateReport>();
  for (const report of reports) {
    const key = `${report.packetId} ${report.ordinal}`;
    const known = highest.get(key);
    if (known === undefined || higherState(known.state, report.state) !== known.state) highest.set(key, report);
  }
  return [...highest.values()];
}

function stateColumns(reports: readonly SmsStateReport[]): string[] {
  return [
    plainArray(reports.map(({ packetId }) => packetId)),
    plainArray(reports.map(({ ordinal }) => ordinal)),
    plainArray(reports.map(({ state }) => state)),
    plainArray(reports.map(({ state }) => smsStateRow(state).precedence)),
    plainArray(reports.map(({ at }) => new Date(at).toISOString())),
  ];
}

function reportColumns(reports: readonly SmsStateReport[]): string[] {
  return [
    plainArray(reports.map(({ packetId }) => packetId)),
    plainArray(reports.map(({ ordinal }) => ordinal)),
    plainArray(reports.map(({ state }) => state)),
    plainArray(reports.map(({ at }) => new Date(at).toISOString())),
  ];
}
