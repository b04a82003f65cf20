import { Module } from '@nestjs/common';

import { CallbackHeartbeat } from './callback-heartbeat.js';
import { ReportAnswerFilter } from './report-answer.filter.js';
import { ReportIntakeController } from './report-intake.controller.js';
import { ReportIntake } from './report-intake.service.js';
import { ReportSink } from './report-sink.js';
import { ReportWriter } from './report-writer.js';

/** Reports are taken in and stored: what the role `callback` does. */
@Module({
  controllers: [ReportIntakeController],
  providers: [ReportIntake, CallbackHeartbeat, ReportAnswerFilter, { provide: ReportSink, useClass: ReportWriter }],
  exports: [ReportSink],
})
export class ReportIntakeModule {}
