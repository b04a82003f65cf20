import { type DynamicModule, Module } from '@nestjs/common';

import { AppsModule } from '../apps/apps.module.js';
import { BillingModule } from '../billing/billing.module.js';
import { CertificatesModule, certificateFiles } from '../certificates/certificates.module.js';
import { SandboxClockController } from '../clock/sandbox-clock.controller.js';
import { BulkModule } from '../messaging/bulk/bulk.module.js';
import { MessageQueryModule } from '../messaging/message-query.module.js';
import { sendMessageRoute } from '../messaging/send-message.route.js';
import { MessagingModule } from '../messaging/messaging.module.js';
import { JobsApiModule } from '../observability/jobs/jobs-api.module.js';
import { HealthController } from '../observability/health.controller.js';
import { observeRequest } from '../observability/metrics.js';
import { MetricsController } from '../observability/metrics.controller.js';
import { ReconciliationApiModule } from '../reconciliation/reconciliation.module.js';
import { EventsModule } from '../reporting/events/events.module.js';
import { SummaryModule } from '../reporting/summary.module.js';
import { WebhooksModule } from '../reporting/webhooks/webhooks.module.js';
import { startHttpApplication } from '../rest/http-application.js';
import { serveOpenApi } from '../rest/openapi.js';
import { RuntimeModule } from '../runtime.module.js';
import type { RunningRole, Runtime } from '../runtime.js';
import { apiDocument } from './api-documentation.js';

/** What the role is made of. */
@Module({})
export class ApiModule {
  static register(runtime: Runtime): DynamicModule {
    return {
      module: ApiModule,
      imports: [
        RuntimeModule.register(runtime, 'gateway'),
        AppsModule,
        BillingModule,
        MessagingModule,
        BulkModule,
        MessageQueryModule,
        EventsModule,
        SummaryModule,
        ReconciliationApiModule,
        WebhooksModule,
        JobsApiModule,
        CertificatesModule.register(certificateFiles('API_TLS', runtime.config.api.tls ?? {})),
      ],
      controllers: [HealthController, MetricsController, ...(runtime.config.sandbox ? [SandboxClockController] : [])],
    };
  }
}

/**
 * The role `api`: the REST API of the gateway (contract.md 4).
 *
 * @throws ApplicationError in one line that says what to do, when it can't listen
 */
export async function startApi(runtime: Runtime): Promise<RunningRole> {
  const { host, port, tls } = runtime.config.api;
  const api = await startHttpApplication({
    module: ApiModule.register(runtime),
    logger: runtime.logger.child({ role: 'api' }),
    address: { host, port, hostVariable: 'API_HOST', portVariable: 'API_PORT' },
    ...(tls === undefined ? {} : { tls: { ...tls, certVariable: 'API_TLS_CERT', keyVariable: 'API_TLS_KEY' } }),
    observe: observeRequest,
    configure: (application) => serveOpenApi(application, () => apiDocument(application)),
    directRoutes: (application) => [sendMessageRoute(application)],
  });
  runtime.addresses.apiUrl = api.url;
  return api;
}
