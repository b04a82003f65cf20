import { Injectable } from '@nestjs/common';

import type { Currency } from '../../billing/domain/currency.js';
import { Database } from '../../database/database.js';
import { plainArray } from '../../database/statement.js';
import { FIND_SMS_RECORD, LIST_SMS_RECORDS } from '../../database/statements/platform-records.js';
import { Cursors, type Page, type Position } from '../../rest/page.js';
import { parseUuid } from '../../uuid.js';
import { parseSmsUid } from '../domain/sms-uid.js';
import { AccountRecords } from './account-records.service.js';
import { readState, type RecordsQuery } from './records.dto.js';
import { recordView, type RecordView, type SmsRow } from './record.view.js';

/** Packets that a page may look at, however few of their SMS match. */
const PACKET_BUDGET = 1000;
const HIGHEST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
const NO_ORDINAL = 0;
/** Past the last place in any packet. */
const LAST_ORDINAL = 0x7fff;
const LONG_AGO = Date.UTC(2000, 0, 1);
const FAR_AHEAD = Date.UTC(9000, 0, 1);

/** Milliseconds, packet, place in its list. */
const cursors = new Cursors<readonly [number, string, number]>(
  'sms',
  (position: Position): position is readonly [number, string, number] =>
    position.length === 3 &&
    Number.isSafeInteger(position[0]) &&
    typeof position[1] === 'string' &&
    parseUuid(position[1]) !== undefined &&
    Number.isInteger(position[2]),
);

/** Reads what became of an account's SMS. */
@Injectable()
export class RecordsService {
  constructor(
    private readonly accounts: AccountRecords,
    private readonly database: Database,
  ) {}

  /**
   * A page of SMS, newest packet first. It may be short or empty although there are more: only a null `nextCursor` ends a list.
   * @throws AccountNotFoundError; InvalidRequestError for a cursor of another list
   */
  async list(name: string, query: RecordsQuery): Promise<Page<RecordView>> {
    const { id, currency } = await this.accounts.find(name);
    if (query.uid !== undefined) return this.find(id, currency, query.uid);
    const { limit } = query;
    const rows = await this.database.run(LIST_SMS_RECORDS, parametersOf(id, query));
    const found = rows.filter((row): row is SmsRow => row.ordinal !== null);
    const page = cursors.page(
      found,
      limit,
      (row) => [row.accepted_at.getTime(), row.packet_id, row.ordinal],
      (row) => recordView(row, currency),
    );
    const [first] = rows;
    if (page.nextCursor !== null || first === undefined || first.walked < PACKET_BUDGET) return page;
    return { ...page, nextCursor: cursors.encode([first.reached_at.getTime(), first.reached_id, LAST_ORDINAL]) };
  }

  private async find(accountId: number, currency: Currency, uid: string): Promise<Page<RecordView>> {
    const key = parseSmsUid(uid);
    const rows = key && (await this.database.run(FIND_SMS_RECORD, [accountId, key.packetId, key.ordinal]));
    const found = (rows ?? []).filter((row): row is SmsRow => row.ordinal !== null);
    return { items: found.map((row) => recordView(row, currency)), nextCursor: null };
  }
}

function parametersOf(accountId: number, query: RecordsQuery): unknown[] {
  const { number, country, state, acceptedFrom, acceptedTo, cursor, limit } = query;
  // The time itself is not included, and times are of whole milliseconds.
  const newest = acceptedTo === undefined ? FAR_AHEAD : Date.parse(acceptedTo) - 1;
  const [at, packetId, ordinal] = cursors.decode(cursor) ?? [newest, HIGHEST_ID, NO_ORDINAL];
  return [
    accountId,
    new Date(at),
    packetId,
    ordinal,
    new Date(acceptedFrom === undefined ? LONG_AGO : Date.parse(acceptedFrom)),
    number?.replace(/^[+ ]/, '') ?? null,
    country ?? null,
    state === undefined ? null : plainArray(state.map((one) => readState(one) ?? NO_ORDINAL)),
    PACKET_BUDGET,
    limit + 1,
  ];
}
