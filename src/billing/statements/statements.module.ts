import { Module } from '@nestjs/common';

import { LedgerRollupLoop } from './ledger-rollup.loop.js';
import { StatementClosing } from './statement-closing.service.js';
import { StatementsJob } from './statements.job.js';

/** Usage is rolled up and statements are closed: part of the role `worker`. */
@Module({ providers: [LedgerRollupLoop, StatementClosing, StatementsJob], exports: [StatementClosing] })
export class StatementsModule {}
