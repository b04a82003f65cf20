import { Module } from '@nestjs/common';

import { SummaryController } from './summary.controller.js';
import { SummaryService } from './summary.service.js';

/** Summaries of messages, for the role `api`. */
@Module({ controllers: [SummaryController], providers: [SummaryService], exports: [SummaryService] })
export class SummaryModule {}
