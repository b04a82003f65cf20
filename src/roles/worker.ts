import { type DynamicModule, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

import { IdempotencyModule } from '../apps/idempotency.job.js';
import { CertificateExpiryModule, CertificatesModule, certificateFiles } from '../certificates/certificates.module.js';
import { SpendCapsModule } from '../billing/billing.module.js';
import { StatementsModule } from '../billing/statements/statements.module.js';
import { readPemFile } from '../config/pem-file.js';
import { JobsModule } from '../jobs/jobs.module.js';
import { PartitionsModule } from '../database/partitions.module.js';
import { BulkFeedModule } from '../messaging/bulk/bulk-feed.module.js';
import { DispatchModule, type UipTls } from '../messaging/dispatch.module.js';
import { NestLogger } from '../observability/logger.js';
import { SequencerModule } from '../outbox/outbox.module.js';
import { DatabaseReconciledMonths } from '../reconciliation/database-reconciled-months.js';
import { ReconciliationModule } from '../reconciliation/reconciliation.module.js';
import { AggregatesModule } from '../reporting/aggregates.module.js';
import { ReportApplyModule } from '../reporting/report-apply.module.js';
import { EventRetentionModule } from '../reporting/events/events.module.js';
import { RetentionModule } from '../reporting/retention/retention.module.js';
import { WebhookDeliveryModule } from '../reporting/webhooks/webhooks.module.js';
import { RuntimeModule } from '../runtime.module.js';
import type { RunningRole, Runtime } from '../runtime.js';
import { settleRestore } from './after-restore.js';
import { uipTargetOf } from './uip-target.js';

@Module({})
class WorkerModule {
  static register(runtime: Runtime): DynamicModule {
    return {
      module: WorkerModule,
      imports: [
        RuntimeModule.register(runtime, 'gateway'),
        DispatchModule.register(uipTargetOf(runtime), uipTls(runtime)),
        BulkFeedModule,
        ReportApplyModule,
        SequencerModule,
        SpendCapsModule,
        ReconciliationModule,
        AggregatesModule,
        StatementsModule,
        WebhookDeliveryModule,
        EventRetentionModule,
        RetentionModule.register(DatabaseReconciledMonths),
        IdempotencyModule,
        PartitionsModule.register('gateway'),
        JobsModule,
        CertificatesModule.register([
          ...certificateFiles('UIP', runtime.tls.uipClient),
          ...certificateFiles('WEBHOOK', { ca: runtime.config.webhooks.ca }),
        ]),
        CertificateExpiryModule,
      ],
    };
  }
}

/** The role `worker`: sends, applies reports, runs the scheduled jobs. It listens nowhere. */
export async function startWorker(runtime: Runtime): Promise<RunningRole> {
  await settleRestore(runtime);
  const application = await NestFactory.createApplicationContext(WorkerModule.register(runtime), {
    logger: new NestLogger(runtime.logger),
    abortOnError: false,
  });
  return { stop: () => application.close() };
}

function uipTls({ tls: { uipClient } }: Runtime): UipTls {
  return {
    cert: readPemFile(uipClient.cert, 'UIP_CERT'),
    key: readPemFile(uipClient.key, 'UIP_KEY'),
    ca: readPemFile(uipClient.ca, 'UIP_CA'),
  };
}
