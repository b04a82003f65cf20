import { Module } from '@nestjs/common';

import { RateLimits } from '../../apps/rate-limits.service.js';
import { BulkFeeder } from './bulk-feeder.js';
import { BulkKeeper } from './bulk-keeper.js';

/** Moving the rows of bulks to the queue: part of the role `worker`. */
@Module({ providers: [RateLimits, BulkFeeder, BulkKeeper] })
export class BulkFeedModule {}
