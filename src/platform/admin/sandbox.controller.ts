import { Body, Controller, HttpCode, Post, Put } from '@nestjs/common';

import { ApiBody } from '@nestjs/swagger';

import { parseAdvance } from '../../clock/advance.js';
import { AdvanceClockDto } from '../../clock/advance-clock.dto.js';
import { Clock } from '../../clock/clock.js';
import { SandboxClock } from '../../clock/sandbox-clock.js';
import { HandsetRuleShape, readHandsetRules } from '../../config/handset-rule.js';
import { WRITE_FAULTS } from '../../database/statements/platform-directory.js';
import { InvalidRequestError } from '../../rest/validation.pipe.js';
import { DirectoryWatch } from '../accounts/directory-watch.js';
import { ClockView, FaultsView } from './sandbox.view.js';
import { Wakes } from '../wakes.js';

/** What only a sandbox allows: to make handsets misbehave, and to let time pass. The controller is not there in production. */
@Controller('admin/v1')
export class SandboxController {
  constructor(
    private readonly watch: DirectoryWatch,
    private readonly clock: Clock,
    private readonly wakes: Wakes,
  ) {}

  /** Puts handset rules above the sandbox file's, in place of those that stood there; `[]` takes them away. */
  @Put('faults')
  @ApiBody({ type: [HandsetRuleShape] })
  async setFaults(@Body() rules: unknown): Promise<FaultsView> {
    const read = readHandsetRules(rules);
    if ('faults' in read) throw new InvalidRequestError(read.faults);
    await this.watch.change((transaction) => transaction.run(WRITE_FAULTS, [JSON.stringify(rules)]));
    return { rules: read.rules.length };
  }

  /** Moves the platform's clock forward. */
  @Post('clock/advance')
  @HttpCode(200)
  async advance(@Body() { by }: AdvanceClockDto): Promise<ClockView> {
    const now = this.clock instanceof SandboxClock ? await this.clock.advance(parseAdvance(by)) : this.clock.now();
    this.wakes.handover.wake();
    this.wakes.carrier.wake();
    this.wakes.push.wake();
    return { now: new Date(now).toISOString() };
  }
}
