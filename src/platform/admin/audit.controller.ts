import { Controller, Get, Query } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { LessThan, type Repository } from 'typeorm';

import { Cursors, type Page, type Position } from '../../rest/page.js';
import { AuditQuery } from './audit.dto.js';
import { AuditView } from './audit.view.js';
import { ApiPage } from '../../rest/openapi.js';
import { AuditEntry } from './audit-entry.entity.js';

const cursors = new Cursors<readonly [number]>(
  'audit',
  (position: Position): position is readonly [number] => position.length === 1 && Number.isSafeInteger(position[0]),
);

/** The trail of what operators changed. It can't be changed. */
@Controller('admin/v1/audit')
export class AuditController {
  constructor(@InjectRepository(AuditEntry) private readonly entries: Repository<AuditEntry>) {}

  /** Changes, newest first. */
  @Get()
  @ApiPage(AuditView)
  async list(@Query() { account, limit, cursor }: AuditQuery): Promise<Page<AuditView>> {
    const before = cursors.decode(cursor);
    const rows = await this.entries.find({
      where: { ...(account !== undefined && { account }), ...(before !== undefined && { id: LessThan(before[0]) }) },
      order: { id: 'desc' },
      take: limit + 1,
    });
    return cursors.page(rows, limit, ({ id }) => [id], auditView);
  }
}

function auditView({ id, at, action, account, requestId, remoteAddress, details }: AuditEntry): AuditView {
  return { id: String(id), at: at.toISOString(), action, account, requestId, remoteAddress, details };
}
