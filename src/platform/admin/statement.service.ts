import { Injectable } from '@nestjs/common';

import type { Currency } from '../../billing/domain/currency.js';
import { parseAmount } from '../../billing/domain/money.js';
import { Database } from '../../database/database.js';
import { READ_STATEMENT, type SmsRecordRow } from '../../database/statements/platform-records.js';
import { smsUid } from '../domain/sms-uid.js';
import { STATEMENT_HEADER, statementLine } from '../domain/statement-line.js';
import type { Month } from '../domain/statement-month.js';
import { AccountRecords } from './account-records.service.js';

/** Packets in a stretch: at most 10,000 SMS. */
const PACKETS = 50;
const LOWEST_ID = '00000000-0000-0000-0000-000000000000';

/** Makes statements: what customers hold their own books against. */
@Injectable()
export class StatementService {
  constructor(
    private readonly accounts: AccountRecords,
    private readonly database: Database,
  ) {}

  /**
   * The statement of an account for a month, as CSV: every SMS that was accepted in it, oldest first, with its present state.
   * A stretch at a time, so that its length does not matter.
   *
   * @throws AccountNotFoundError, before the first stretch
   */
  async *lines(name: string, { from, to }: Month): AsyncGenerator<string> {
    const { id, currency } = await this.accounts.find(name);
    yield `${STATEMENT_HEADER}\n`;
    let at = new Date(from);
    let after = LOWEST_ID;
    for (;;) {
      const rows = await this.database.run(READ_STATEMENT, [id, at, after, new Date(to), PACKETS]);
      const last = rows.at(-1);
      if (last === undefined) return;
      yield rows.map((row) => `${lineOf(row, currency)}\n`).join('');
      ({ accepted_at: at, packet_id: after } = last);
    }
  }
}

function lineOf(row: SmsRecordRow, currency: Currency): string {
  return statementLine(
    {
      smsUid: smsUid(row.packet_id, row.ordinal),
      acceptedAt: row.accepted_at.getTime(),
      countryCode: row.country_code,
      msisdn: row.msisdn,
      segments: row.segments,
      perSegment: parseAmount(row.per_segment ?? '0'),
      charged: row.reject_cause === null,
      state: row.state ?? undefined,
    },
    currency,
  );
}
