import { Controller, Get, Query } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsOptional, IsString, MaxLength } from 'class-validator';
import { LessThan, type Repository } from 'typeorm';

import { Cursors, type Page, PageQuery, type Position } from '../../rest/page.js';
import { AuditEntry } from './audit-entry.entity.js';

/** Query parameters of `GET /admin/v1/audit`. */
export class AuditQuery extends PageQuery {
  /** Name of an account. */
  @IsOptional() @IsString() @MaxLength(64) account?: string;
}

/** A change that an operator made. */
export interface AuditView {
  readonly id: string;
  readonly at: string;
  readonly action: string;
  readonly account: string | null;
  readonly requestId: string;
  readonly remoteAddress: string;
  /** What was asked for, without keys; numbers as keyed hashes. */
  readonly details: object;
}

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
