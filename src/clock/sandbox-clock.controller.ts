import { Body, Controller, HttpCode, Post } from '@nestjs/common';

import { Scopes } from '../apps/access.decorator.js';
import { parseAdvance } from './advance.js';
import { AdvanceClockDto } from './advance-clock.dto.js';
import { Clock } from './clock.js';
import { SandboxClock } from './sandbox-clock.js';

/** Moves the gateway's clock forward, in the sandbox only: the controller is not there in production. */
@Controller('v1/sandbox/clock')
export class SandboxClockController {
  constructor(private readonly clock: Clock) {}

  @Post('advance')
  @HttpCode(200)
  @Scopes('admin')
  async advance(@Body() { by }: AdvanceClockDto): Promise<{ now: string }> {
    const now = this.clock instanceof SandboxClock ? await this.clock.advance(parseAdvance(by)) : this.clock.now();
    return { now: new Date(now).toISOString() };
  }
}
