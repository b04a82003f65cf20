import { Module } from '@nestjs/common';

import { AppsModule } from '../../apps/apps.module.js';
import { GlobalOptOutsController } from './global-opt-outs.controller.js';
import { OptOutCheck } from './opt-out-check.js';
import { OptOutSeals } from './opt-out-seals.js';
import { OptOutsController } from './opt-outs.controller.js';
import { OptOuts } from './opt-outs.service.js';

/** Who is not to be written to (contract.md 4), for the role `api`. */
@Module({
  imports: [AppsModule],
  controllers: [OptOutsController, GlobalOptOutsController],
  providers: [OptOuts, OptOutSeals, OptOutCheck],
  exports: [OptOutCheck],
})
export class OptOutsModule {}
