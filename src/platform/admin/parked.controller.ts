import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';

import type { Page } from '../../rest/page.js';
import { validate } from '../../rest/validation.pipe.js';
import { type AdminCall, CurrentCall } from './admin-call.js';
import { ParkedQuery, RepushDto } from './parked.dto.js';
import { ParkedService } from './parked.service.js';
import { ParkedView, RepushView } from './parked.view.js';
import { ApiPage } from '../../rest/openapi.js';
import { ApiBody, ApiExcludeEndpoint } from '@nestjs/swagger';

/** Reports that were pushed in vain for 24 hours. */
@Controller('admin/v1/reports')
export class ParkedController {
  constructor(private readonly parked: ParkedService) {}

  /** Parked reports, in the order in which they were learnt. */
  @Get('parked')
  @ApiPage(ParkedView)
  list(@Query() query: ParkedQuery): Promise<Page<ParkedView>> {
    return this.parked.list(query);
  }

  /** Pushes parked reports again, at most 10,000 a call: those named, an account's, or all. */
  @Post('parked/repush')
  @HttpCode(200)
  @ApiBody({ type: RepushDto, required: false })
  repush(@CurrentCall() call: AdminCall, @Body() body: unknown): Promise<RepushView> {
    return this.parked.repush(call, validate(RepushDto, body ?? {}));
  }

  /** The same at its shorter address. */
  @Post('repush')
  @HttpCode(200)
  @ApiExcludeEndpoint()
  repushParked(@CurrentCall() call: AdminCall, @Body() body: unknown): Promise<RepushView> {
    return this.repush(call, body);
  }

  /** Pushes one parked report again. */
  @Post('parked/:id/repush')
  @HttpCode(200)
  repushOne(@CurrentCall() call: AdminCall, @Param('id') id: string): Promise<RepushView> {
    return this.parked.repush(call, validate(RepushDto, { ids: [id] }));
  }
}
