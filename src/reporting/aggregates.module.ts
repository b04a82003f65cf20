import { Module } from '@nestjs/common';

import { AggregateMergeLoop } from './aggregate-merge.loop.js';
import { AggregateRecountJob } from './aggregate-recount.job.js';
import { AggregateRecount } from './aggregate-recount.service.js';

/** The aggregates are merged and recounted: part of the role `worker`. */
@Module({
  providers: [AggregateMergeLoop, AggregateRecount, AggregateRecountJob],
  exports: [AggregateRecount],
})
export class AggregatesModule {}
