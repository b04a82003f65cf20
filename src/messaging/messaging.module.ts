import { Module } from '@nestjs/common';

import { AppsModule } from '../apps/apps.module.js';
import { BillingModule } from '../billing/billing.module.js';
import { AcceptService } from './accept.service.js';
import { AcceptRulesModule } from './accept-rules.module.js';
import { CancelService } from './cancel.service.js';
import { MessageQueryModule } from './message-query.module.js';
import { MessagesController } from './messages.controller.js';
import { QueueGauge } from './queue-gauge.js';
import { RouteHealth } from './route-health.service.js';
import { RoutesController } from './routes.controller.js';
import { RoutesModule } from './routes.module.js';
import { SendingMetrics } from './sending-metrics.js';
import { SubmissionWriter } from './submission-writer.js';

/** Taking messages in, for the role `api`. */
@Module({
  imports: [AppsModule, BillingModule, RoutesModule, MessageQueryModule, AcceptRulesModule],
  controllers: [MessagesController, RoutesController],
  providers: [AcceptService, CancelService, QueueGauge, RouteHealth, SendingMetrics, SubmissionWriter],
})
export class MessagingModule {}
