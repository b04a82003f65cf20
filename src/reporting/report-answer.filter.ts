import { Catch, Injectable } from '@nestjs/common';

import type { UipAnswerBody } from '../uip/domain/answer.js';
import type { UipMethod } from '../uip/domain/envelope.js';
import { ResultCode } from '../uip/domain/result-code.js';
import { UipAnswerFilter } from '../uip/uip-answer.filter.js';
import { CallbackHeartbeat } from './callback-heartbeat.js';

/** Makes an ANSWER of every error on the way of a report, and counts the report as refused. */
@Catch()
@Injectable()
export class ReportAnswerFilter extends UipAnswerFilter {
  constructor(private readonly heartbeat: CallbackHeartbeat) {
    super({ unexpected: ResultCode.DB_not_find, unavailable: ResultCode.DB_not_find });
  }

  override answer(error: unknown, method: UipMethod): UipAnswerBody {
    this.heartbeat.onRefused();
    return super.answer(error, method);
  }
}
