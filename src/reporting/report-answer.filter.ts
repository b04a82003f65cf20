import { type ArgumentsHost, Catch, Injectable } from '@nestjs/common';

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

  override catch(error: unknown, host: ArgumentsHost): ReturnType<UipAnswerFilter['catch']> {
    this.heartbeat.onRefused();
    // oxlint-disable-next-line promise/valid-params -- an exception filter's catch, not a promise's
    return super.catch(error, host);
  }
}
