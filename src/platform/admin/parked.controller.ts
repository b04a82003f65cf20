import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';

import type { Page } from '../../rest/page.js';
import { validate } from '../../rest/validation.pipe.js';
import { type AdminCall, CurrentCall } from './admin-call.js';
import { ParkedQuery, RepushDto } from './parked.dto.js';
import { ParkedService, type ParkedView, type Repushed } from './parked.service.js';

/** Reports that were pushed in vain for 24 hours. */
@Controller('admin/v1/reports')
export class ParkedController {
  constructor(private readonly parked: ParkedService) {}

  /** Parked reports, in the order in which they were learnt. */
  @Get('parked')
  list(@Query() query: ParkedQuery): Promise<Page<ParkedView>> {
    return this.parked.list(query);
  }

  /** Pushes parked reports again, at most 10,000 a call: those named, an account's, or all. */
  @Post(['parked/repush', 'repush'])
  @HttpCode(200)
  repush(@CurrentCall() call: AdminCall, @Body() body: unknown): Promise<Repushed> {
    return this.parked.repush(call, validate(RepushDto, body ?? {}));
  }

  /** Pushes one parked report again. */
  @Post('parked/:id/repush')
  @HttpCode(200)
  repushOne(@CurrentCall() call: AdminCall, @Param('id') id: string): Promise<Repushed> {
    return this.parked.repush(call, validate(RepushDto, { ids: [id] }));
  }
}
