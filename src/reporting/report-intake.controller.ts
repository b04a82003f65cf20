import { Controller, UseFilters } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';

import type { UipAnswerBody } from '../uip/domain/answer.js';
import { ResultCode } from '../uip/domain/result-code.js';
import type { ReportRequestDto } from '../uip/report-request.dto.js';
import { ReportRequestPipe } from '../uip/report-request.pipe.js';
import type { UipContext } from '../uip/uip-context.js';
import { ReportAnswerFilter } from './report-answer.filter.js';
import { ReportIntake } from './report-intake.service.js';

const STORED: UipAnswerBody = { RESULT_CODE: ResultCode.OK };

/** `POST /dr`: the platform's delivery reports (protocol.md 7). */
@Controller()
@UseFilters(ReportAnswerFilter)
export class ReportIntakeController {
  constructor(private readonly intake: ReportIntake) {}

  /** Answers 1 once the report is committed, 0x10000001 for an unreadable one, 0x1000000E when it can't be stored now. */
  @MessagePattern('SMS_PUSH_REPORT')
  async handle(
    @Payload(ReportRequestPipe) report: ReportRequestDto,
    @Ctx() context: UipContext,
  ): Promise<UipAnswerBody> {
    await this.intake.take(report, context.body.toString('utf8'), context.receivedAt);
    return STORED;
  }
}
