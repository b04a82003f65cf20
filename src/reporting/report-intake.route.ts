import type { INestApplicationContext } from '@nestjs/common';

import { readReportRequest } from '../uip/report-request.dto.js';
import type { UipHandler } from '../uip/uip-server.strategy.js';
import { ReportAnswerFilter } from './report-answer.filter.js';
import { ReportIntakeController } from './report-intake.controller.js';

/**
 * The short way to `ReportIntakeController`: what its pipe and its filter do, without Nest's chain, which costs more than all
 * that is done with a report (docs/decisions/0034-direct-routes.md).
 */
export function directReports(application: INestApplicationContext): UipHandler {
  const controller = application.get(ReportIntakeController);
  const filter = application.get(ReportAnswerFilter);
  return async (packet, context) => {
    try {
      return await controller.handle(readReportRequest(packet), context);
    } catch (error) {
      return filter.answer(error, context.method);
    }
  };
}
