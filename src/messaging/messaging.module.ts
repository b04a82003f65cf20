import { Module } from '@nestjs/common';

import { AppsModule } from '../apps/apps.module.js';
import { BillingModule } from '../billing/billing.module.js';
import { AcceptService } from './accept.service.js';
import { AcceptRules } from './accept-rules.js';
import { AcceptSettings } from './accept-settings.js';
import { CancelService } from './cancel.service.js';
import { MessageQueryModule } from './message-query.module.js';
import { MessagesController } from './messages.controller.js';
import { QueueGauge } from './queue-gauge.js';
import { RouteHealth } from './route-health.service.js';
import { RoutesController } from './routes.controller.js';
import { RoutesModule } from './routes.module.js';
import { SendingMetrics } from './sending-metrics.js';
import { SubmissionWriter } from './submission-writer.js';
import { TemplatesModule } from './templates/templates.module.js';

/** Taking messages in, for the role `api`. */
@Module({
  imports: [AppsModule, BillingModule, RoutesModule, MessageQueryModule, TemplatesModule],
  controllers: [MessagesController, RoutesController],
  providers: [
    AcceptService,
    AcceptRules,
    AcceptSettings,
    CancelService,
    QueueGauge,
    RouteHealth,
    SendingMetrics,
    SubmissionWriter,
  ],
})
export class MessagingModule {}
