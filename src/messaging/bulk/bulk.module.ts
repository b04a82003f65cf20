import { Module } from '@nestjs/common';

import { AppsModule } from '../../apps/apps.module.js';
import { BillingModule } from '../../billing/billing.module.js';
import { AcceptRulesModule } from '../accept-rules.module.js';
import { RoutesModule } from '../routes.module.js';
import { BulkController } from './bulk.controller.js';
import { BulkPlans } from './bulk-plans.service.js';
import { BulkQueries } from './bulk-queries.service.js';
import { BulkStarts } from './bulk-starts.service.js';
import { BulkSteering } from './bulk-steering.service.js';
import { BulkUploads } from './bulk-uploads.service.js';

/** Taking bulks in and steering them: part of the role `api`. */
@Module({
  imports: [AppsModule, BillingModule, RoutesModule, AcceptRulesModule],
  controllers: [BulkController],
  providers: [BulkPlans, BulkQueries, BulkStarts, BulkSteering, BulkUploads],
})
export class BulkModule {}
