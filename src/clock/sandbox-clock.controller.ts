import { Body, Controller, HttpCode, Post } from '@nestjs/common';

import { Scopes } from '../apps/access.decorator.js';
import { auditEntryOf, auditStatement } from '../apps/audit-trail.js';
import { type Caller, CurrentApp } from '../apps/caller.js';
import { Database } from '../database/database.js';
import { parseAdvance } from './advance.js';
import { AdvanceClockDto } from './advance-clock.dto.js';
import type { ClockView } from './clock.view.js';
import { Clock } from './clock.js';
import { SandboxClock } from './sandbox-clock.js';

/** Moves the gateway's clock forward, in the sandbox only: the controller is not there in production. */
@Controller('v1/sandbox/clock')
export class SandboxClockController {
  constructor(
    private readonly clock: Clock,
    private readonly database: Database,
  ) {}

  /** Moves the clock of every process of the gateway; time never goes back. */
  @Post('advance')
  @HttpCode(200)
  @Scopes('admin')
  async advance(@CurrentApp() caller: Caller, @Body() { by }: AdvanceClockDto): Promise<ClockView> {
    const { clock } = this;
    const step = parseAdvance(by);
    if (!(clock instanceof SandboxClock)) return { now: new Date(clock.now()).toISOString() };
    const now = await this.database.transaction(async (transaction) => {
      const entry = auditEntryOf(caller, { action: 'clock.advanced', id: 'sandbox', after: { by } }, clock.now());
      await auditStatement(transaction, entry);
      return clock.advance(step, transaction);
    });
    // A reading that was begun before the commit may have set it back.
    await clock.refresh();
    return { now: new Date(now).toISOString() };
  }
}
