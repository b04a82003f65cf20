import { Module } from '@nestjs/common';

import { SilenceLoop } from './silence.loop.js';

/** What compares what we know with what we should: part of the role `worker`. */
@Module({ providers: [SilenceLoop] })
export class ReconciliationModule {}
