import { Test, type TestingModule } from '@nestjs/testing';

import { SequencerModule } from '../../src/outbox/outbox.module.js';
import { webhookUrlRules } from '../../src/reporting/webhooks/webhook-addresses.js';
import { WebhookClient, type WebhookClientOptions } from '../../src/reporting/webhooks/webhook-client.js';
import { webhookLookup } from '../../src/reporting/webhooks/webhook-lookup.js';
import { WebhookDeliveryModule } from '../../src/reporting/webhooks/webhooks.module.js';
import { RuntimeModule } from '../../src/runtime.module.js';
import type { Runtime } from '../../src/runtime.js';

/** What a worker does about webhooks, in this process: numbering, fan-out, delivery. Close it to stop. */
export async function startWebhookWorker(
  runtime: Runtime,
  options: Partial<WebhookClientOptions> = {},
): Promise<TestingModule> {
  const { permits } = webhookUrlRules(runtime.config);
  const module = await Test.createTestingModule({
    imports: [RuntimeModule.register(runtime, 'gateway'), SequencerModule, WebhookDeliveryModule],
  })
    .overrideProvider(WebhookClient)
    .useValue(new WebhookClient({ permits, lookup: webhookLookup(), ...options }))
    .compile();
  module.useLogger(false);
  return module.init();
}
