import { Controller, Get, Query } from '@nestjs/common';

import { ApiPage } from '../rest/openapi.js';
import type { Page } from '../rest/page.js';
import { Scopes } from './access.decorator.js';
import { AuditQuery } from './app.dto.js';
import { AuditEntryView } from './app.view.js';
import { AuditService } from './audit.service.js';

/** Who changed what, and when. */
@Controller('v1/audit')
@Scopes('admin')
export class AuditController {
  constructor(private readonly trail: AuditService) {}

  /** Changes made by API, newest first. */
  @Get()
  @ApiPage(AuditEntryView)
  list(@Query() query: AuditQuery): Promise<Page<AuditEntryView>> {
    return this.trail.list(query);
  }
}
