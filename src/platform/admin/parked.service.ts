import { Injectable } from '@nestjs/common';

import { Clock } from '../../clock/clock.js';
import { Database, type StatementRunner } from '../../database/database.js';
import { plainArray } from '../../database/statement.js';
import {
  LIST_PARKED,
  LIST_PARKED_OF_ACCOUNT,
  type ParkedRow,
  REPUSH_PARKED,
} from '../../database/statements/platform-parked.js';
import { Cursors, type Page, type Position } from '../../rest/page.js';
import { smsStateRow } from '../../uip/domain/sms-state.js';
import { smsUid } from '../domain/sms-uid.js';
import { Wakes } from '../wakes.js';
import { AccountRecords } from './account-records.service.js';
import type { AdminCall } from './admin-call.js';
import { AdminChanges } from './admin-changes.service.js';
import type { ParkedQuery, RepushDto } from './parked.dto.js';
import type { ParkedView, RepushView } from './parked.view.js';

/** Reports that one call pushes again: what a transaction can carry. */
const MOST = 10_000;

/** Milliseconds of `reportedAt`, id. */
const cursors = new Cursors<readonly [number, number]>(
  'parked',
  (position: Position): position is readonly [number, number] =>
    position.length === 2 && Number.isSafeInteger(position[0]) && Number.isSafeInteger(position[1]),
);
const BEGINNING = [0, 0] as const;

/** Reports that a customer never acknowledged, for operators to look at and push again (protocol.md 7). */
@Injectable()
export class ParkedService {
  constructor(
    private readonly database: Database,
    private readonly records: AccountRecords,
    private readonly changes: AdminChanges,
    private readonly clock: Clock,
    private readonly wakes: Wakes,
  ) {}

  /** Parked reports in the order in which they were learnt. @throws AccountNotFoundError */
  async list({ account, limit, cursor }: ParkedQuery): Promise<Page<ParkedView>> {
    const after = cursors.decode(cursor) ?? BEGINNING;
    const rows = await this.read(this.database, await this.idOf(account), after, limit + 1);
    return cursors.page(rows, limit, ({ reported_at: at, id }) => [at.getTime(), id], parkedView);
  }

  /** Pushes parked reports again, for another 24 hours. @throws AccountNotFoundError */
  async repush(call: AdminCall, { ids, account }: RepushDto): Promise<RepushView> {
    const accountId = await this.idOf(account);
    const change = {
      action: 'report.repush',
      ...(account !== undefined && { account }),
      details: { ids: ids ?? 'all' },
    };
    const { answer } = await this.changes.make(call, change, async (transaction) => {
      const meant =
        ids?.map(Number) ?? (await this.read(transaction, accountId, BEGINNING, MOST + 1)).map(({ id }) => id);
      // Locked in the order of their ids, as whoever else pushes some of them again does.
      const chosen = [...new Set(meant)].sort((one, other) => one - other).slice(0, MOST);
      const rows = await transaction.run(REPUSH_PARKED, [plainArray(chosen), new Date(this.clock.now())]);
      return { repushed: rows.length, more: meant.length > MOST };
    });
    this.wakes.push.wake();
    return answer;
  }

  private async idOf(account: string | undefined): Promise<number | undefined> {
    return account === undefined ? undefined : (await this.records.find(account)).id;
  }

  private read(
    runner: StatementRunner,
    accountId: number | undefined,
    [at, id]: readonly [number, number],
    limit: number,
  ): Promise<ParkedRow[]> {
    const stretch = [new Date(at), id, limit];
    return accountId === undefined
      ? runner.run(LIST_PARKED, stretch)
      : runner.run(LIST_PARKED_OF_ACCOUNT, [...stretch, accountId]);
  }
}

function parkedView(row: ParkedRow): ParkedView {
  return {
    id: String(row.id),
    smsUid: smsUid(row.packet_id, row.ordinal),
    account: row.account,
    state: row.state,
    stateName: smsStateRow(row.state).name,
    reportedAt: row.reported_at.toISOString(),
    parkedAt: row.parked_at.toISOString(),
    attempts: row.attempts,
    lastError: row.last_error,
  };
}
