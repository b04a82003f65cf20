import { Controller, Get, Query } from '@nestjs/common';

import { Database } from '../../database/database.js';
import { type InboxRow, READ_INBOX } from '../../database/statements/platform-carrier.js';
import { encodingOf } from '../../messaging/domain/encoding.js';
import { slice } from '../../messaging/domain/slicing.js';
import { InboxQuery } from './inbox.dto.js';
import { type InboxItemView, InboxView } from './inbox.view.js';
import { smsUid } from '../domain/sms-uid.js';

const MOST_ITEMS = 1000;

/** What simulated handsets have received: in the sandbox only. */
@Controller('admin/v1/inbox')
export class InboxController {
  constructor(private readonly database: Database) {}

  /** The first thousand SMS to a number, oldest first. */
  @Get()
  async list(@Query() { number }: InboxQuery): Promise<InboxView> {
    const rows = await this.database.run(READ_INBOX, [number.replace(/^[+ ]/, ''), MOST_ITEMS]);
    return { items: rows.map(toItem) };
  }
}

function toItem(row: InboxRow): InboxItemView {
  const text = JSON.parse(row.content) as string;
  return {
    at: row.received_at.toISOString(),
    smsUid: smsUid(row.packet_id, row.ordinal),
    from: row.sender,
    to: `+${row.number}`,
    text,
    encoding: encodingOf(row.encoding) ?? 'ucs2',
    segments: [...slice(text).parts],
  };
}
