import { Body, Controller, Delete, Get, HttpCode, Param, Put } from '@nestjs/common';

import { Scopes } from '../../apps/access.decorator.js';
import { type Caller, CurrentApp } from '../../apps/caller.js';
import { type ChangeRequest, CurrentChange } from '../../apps/changes.service.js';
import { SetCapDto } from './cap.dto.js';
import { CapsView, CapView } from './cap.view.js';
import { SpendCaps } from './spend-caps.service.js';

/** What apps may spend a day and a month, at the most. */
@Controller('v1/apps/:id/caps')
@Scopes('billing:manage')
export class AppCapsController {
  constructor(private readonly caps: SpendCaps) {}

  /** The caps of an app, and what is used of them at this moment. */
  @Get()
  async list(@Param('id') id: string): Promise<CapsView> {
    return { items: await this.caps.ofApp(id) };
  }

  /** Sets the cap of a currency and a period, `daily` or `monthly`. What was spent in it counts from its beginning on. */
  @Put(':currency/:period')
  set(
    @CurrentChange() request: ChangeRequest,
    @Param('id') id: string,
    @Param('currency') currency: string,
    @Param('period') period: string,
    @Body() dto: SetCapDto,
  ): Promise<CapView> {
    return this.caps.set(request, id, { currency, period }, dto);
  }

  /** Takes a cap away. */
  @Delete(':currency/:period')
  @HttpCode(204)
  remove(
    @CurrentChange() request: ChangeRequest,
    @Param('id') id: string,
    @Param('currency') currency: string,
    @Param('period') period: string,
  ): Promise<void> {
    return this.caps.remove(request, id, { currency, period });
  }
}

/** The caps of the app that asks. */
@Controller('v1/billing/caps')
@Scopes('billing:read')
export class CapsController {
  constructor(private readonly caps: SpendCaps) {}

  /** The app's own spend caps, and what is used of them at this moment. */
  @Get()
  async list(@CurrentApp() { appId }: Caller): Promise<CapsView> {
    return { items: await this.caps.of(appId) };
  }
}
