import { Inject, Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';

import { Clock } from '../../clock/clock.js';
import { Config } from '../../config/config.js';
import { Database } from '../../database/database.js';
import {
  type ClaimedDelivery,
  type DeliveryResult,
  disableEndpoint,
  hastenDeliveries,
  storeDeliveryResult,
} from '../../database/statements/webhook-deliver.js';
import { LOGGER } from '../../runtime.module.js';
import { UUID_RANDOM_BYTES, uuidv7 } from '../../uuid.js';
import { nextDelivery } from '../domain/delivery-schedule.js';
import { webhookUrlFault, type WebhookUrlRules } from '../domain/webhook-url.js';
import { webhookUrlRules } from './webhook-addresses.js';
import { type WebhookAnswer, WebhookClient } from './webhook-client.js';
import { WebhookSignatures } from './webhook-signatures.js';

/** The receiver says that it is no more (Standard Webhooks). */
const GONE = 410;

/** Makes one attempt of a delivery and stores what came of it. */
@Injectable()
export class WebhookDeliverer {
  private readonly rules: WebhookUrlRules;

  constructor(
    private readonly database: Database,
    private readonly client: WebhookClient,
    private readonly signatures: WebhookSignatures,
    private readonly clock: Clock,
    config: Config,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.rules = webhookUrlRules(config);
  }

  /**
   * Never rejects: whatever can't be stored is attempted again once its lease is over, under the same id.
   * @param ended told whether it arrived, before that is stored
   */
  async deliver(delivery: ClaimedDelivery, payload: string, ended: (succeeded: boolean) => void): Promise<void> {
    const at = Date.now();
    const answer = await this.attempt(delivery, payload, at);
    const { status } = answer;
    const succeeded = status !== undefined && status >= 200 && status < 300;
    ended(succeeded);
    try {
      await this.store(delivery, answer, { at, succeeded });
    } catch (error) {
      this.logger.warn({ err: error, deliveryId: delivery.id }, 'the result of a delivery could not be stored');
    }
  }

  private async attempt(delivery: ClaimedDelivery, payload: string, at: number): Promise<WebhookAnswer> {
    const fault = webhookUrlFault(delivery.url, this.rules);
    if (fault !== undefined) return { status: undefined, error: `the URL ${fault}`, text: '', milliseconds: 0 };
    try {
      const secrets = delivery.old_secret === null ? [delivery.secret] : [delivery.secret, delivery.old_secret];
      const headers = await this.signatures.headers(secrets, delivery.id, at, payload);
      return await this.client.post(delivery.url, { ...headers, ...FIXED_HEADERS }, payload);
    } catch (error) {
      this.logger.error({ err: error, endpointId: delivery.endpoint_id }, 'a delivery could not be signed');
      return { status: undefined, error: 'it could not be signed', text: '', milliseconds: 0 };
    }
  }

  private async store(
    delivery: ClaimedDelivery,
    answer: WebhookAnswer,
    { at, succeeded }: { at: number; succeeded: boolean },
  ): Promise<void> {
    const now = this.clock.now();
    const endpointId = delivery.endpoint_id;
    const dueAt = succeeded
      ? undefined
      : nextDelivery(delivery.attempts + 1, delivery.since.getTime(), now, Math.random());
    const result: DeliveryResult = {
      deliveryId: delivery.id,
      attemptId: uuidv7(Date.now(), randomBytes(UUID_RANDOM_BYTES)),
      at,
      milliseconds: answer.milliseconds,
      status: answer.status ?? null,
      error: answer.error ?? null,
      answer: answer.text === '' ? null : answer.text,
      outcome: succeeded ? 'delivered' : dueAt === undefined ? 'failed' : 'pending',
      dueAt: dueAt ?? null,
      now,
    };
    const health = await storeDeliveryResult(this.database, result);
    if (health?.recovered === true) await hastenDeliveries(this.database, endpointId, now);
    if (result.outcome === 'failed')
      this.logger.warn({ endpointId, failingSince: health?.failing_since }, 'a webhook was in vain for three days');
    if (answer.status === GONE) {
      await disableEndpoint(this.database, endpointId);
      this.logger.warn({ endpointId }, 'a webhook endpoint answered 410: it is disabled');
    }
  }
}

const FIXED_HEADERS = { 'content-type': 'application/json', 'user-agent': 'CloudSMS-Gateway' };
