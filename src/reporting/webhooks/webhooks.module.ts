import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import tls from 'node:tls';

import { AppsModule } from '../../apps/apps.module.js';
import { Config } from '../../config/config.js';
import { readPemFile } from '../../config/pem-file.js';
import { webhookUrlRules } from './webhook-addresses.js';
import { WebhookClient } from './webhook-client.js';
import { WebhookDeliverer } from './webhook-deliverer.js';
import { WebhookDeliveries } from './webhook-deliveries.service.js';
import { WebhookDeliveryLoop } from './webhook-delivery.loop.js';
import { WebhookEndpoint } from './webhook-endpoint.entity.js';
import { WebhookFanoutLoop } from './webhook-fanout.loop.js';
import { webhookLookup } from './webhook-lookup.js';
import { WebhookPayloads } from './webhook-payloads.js';
import { WebhooksController } from './webhooks.controller.js';
import { Webhooks } from './webhooks.service.js';
import { WebhookSignatures } from './webhook-signatures.js';

/** Endpoints and their deliveries by REST: part of the role `api`. */
@Module({
  imports: [AppsModule, TypeOrmModule.forFeature([WebhookEndpoint])],
  controllers: [WebhooksController],
  providers: [Webhooks, WebhookDeliveries, WebhookSignatures],
})
export class WebhooksModule {}

/** Delivering: part of the role `worker`. */
@Module({
  providers: [
    { provide: WebhookClient, useFactory: webhookClient, inject: [Config] },
    WebhookSignatures,
    WebhookPayloads,
    WebhookDeliverer,
    WebhookDeliveryLoop,
    WebhookFanoutLoop,
  ],
})
export class WebhookDeliveryModule {}

function webhookClient(config: Config): WebhookClient {
  const { ca } = config.webhooks;
  return new WebhookClient({
    permits: webhookUrlRules(config).permits,
    lookup: webhookLookup(),
    ...(ca === undefined ? {} : { authorities: [...tls.rootCertificates, readPemFile(ca, 'WEBHOOK_CA').toString()] }),
  });
}
