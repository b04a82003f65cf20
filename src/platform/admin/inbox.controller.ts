import { Controller, Get, Query } from '@nestjs/common';
import { Matches } from 'class-validator';

import { Database } from '../../database/database.js';
import { type InboxRow, READ_INBOX } from '../../database/statements/platform-carrier.js';
import { encodingOf, type Encoding } from '../../messaging/domain/encoding.js';
import { slice } from '../../messaging/domain/slicing.js';
import { smsUid } from '../domain/sms-uid.js';

const MOST_ITEMS = 1000;

/** Which handset. */
export class InboxQuery {
  /** `+85267000011`, or the same without `+` (which an address turns into a blank unless it is escaped). */
  @Matches(/^[+ ]?\d{1,40}$/, { message: 'number must be the country code and the number, in digits' })
  number: string;
}

/** An SMS as a simulated handset has received it. */
export interface InboxItem {
  readonly at: string;
  readonly smsUid: string;
  readonly from: string;
  readonly to: string;
  readonly text: string;
  readonly encoding: Encoding;
  /** The text of each segment, in order. */
  readonly segments: readonly string[];
}

/** What simulated handsets have received: in the sandbox only. */
@Controller('admin/v1/inbox')
export class InboxController {
  constructor(private readonly database: Database) {}

  /** The first thousand SMS to a number, oldest first. */
  @Get()
  async list(@Query() { number }: InboxQuery): Promise<{ items: InboxItem[] }> {
    const rows = await this.database.run(READ_INBOX, [number.replace(/^[+ ]/, ''), MOST_ITEMS]);
    return { items: rows.map(toItem) };
  }
}

function toItem(row: InboxRow): InboxItem {
  const text = JSON.parse(row.content) as string;
  return {
    at: row.received_at.toISOString(),
    smsUid: smsUid(row.packet_id, row.ordinal),
    from: row.sender,
    to: `+${row.number}`,
    text,
    encoding: encodingOf(row.encoding) ?? 'ucs2',
    segments: slice(text).parts,
  };
}
