import { Module } from '@nestjs/common';

import { AppsModule } from '../apps/apps.module.js';
import { RoutesModule } from '../messaging/routes.module.js';
import { Adjustments } from './runs/adjustments.service.js';
import { ReconciliationJob } from './runs/reconciliation.job.js';
import { RunExecutor } from './runs/run-executor.js';
import { RunLoop } from './runs/run.loop.js';
import { RunsController } from './runs/runs.controller.js';
import { Runs } from './runs/runs.service.js';
import { SilenceLoop } from './silence.loop.js';
import { MappingsController } from './statements/mappings.controller.js';
import { Mappings } from './statements/mappings.service.js';
import { StatementIntake } from './statements/statement-intake.js';
import { StatementsController } from './statements/statements.controller.js';
import { Statements } from './statements/statements.service.js';

/** What compares what we know with what we should: part of the role `worker`. */
@Module({ providers: [SilenceLoop, RunExecutor, RunLoop, ReconciliationJob] })
export class ReconciliationModule {}

/** The provider's statements, runs and what they propose, by REST: part of the role `api`. */
@Module({
  imports: [AppsModule, RoutesModule],
  controllers: [StatementsController, MappingsController, RunsController],
  providers: [Statements, StatementIntake, Mappings, Runs, Adjustments],
})
export class ReconciliationApiModule {}
