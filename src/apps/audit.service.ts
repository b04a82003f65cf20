import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { LessThan, Repository } from 'typeorm';

import { Cursors, type Page, type Position } from '../rest/page.js';
import { isUuidv7 } from '../uuid.js';
import type { AuditQuery } from './app.dto.js';
import { auditEntryView, type AuditEntryView } from './app.view.js';
import { AuditEntry } from './audit-entry.entity.js';

const cursors = new Cursors(
  'audit',
  (position: Position): position is [string] => typeof position[0] === 'string' && isUuidv7(position[0]),
);

/** Reads the audit trail. Nothing writes it but the changes themselves. */
@Injectable()
export class AuditService {
  constructor(@InjectRepository(AuditEntry) private readonly entries: Repository<AuditEntry>) {}

  /** Changes, newest first. */
  async list({ limit, cursor, object, objectId, action, appId }: AuditQuery): Promise<Page<AuditEntryView>> {
    const [before] = cursors.decode(cursor) ?? [];
    const wanted = { object, objectId, action, appId, id: before === undefined ? undefined : LessThan(before) };
    const where = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined));
    const rows = await this.entries.find({ where, order: { id: 'DESC' }, take: limit + 1 });
    return cursors.page(rows, limit, ({ id }) => [id], auditEntryView);
  }
}
