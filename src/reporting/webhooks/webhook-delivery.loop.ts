import { type BeforeApplicationShutdown, Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { Logger } from 'pino';

import { Clock } from '../../clock/clock.js';
import { Database } from '../../database/database.js';
import { claimDeliveries, type ClaimedDelivery } from '../../database/statements/webhook-deliver.js';
import { Loop, type LoopOwner } from '../../loop.js';
import { LOGGER } from '../../runtime.module.js';
import { DeliveryWindows } from '../domain/delivery-windows.js';
import { WebhookClient } from './webhook-client.js';
import { WebhookDeliverer } from './webhook-deliverer.js';
import { WebhookPayloads } from './webhook-payloads.js';

const IDLE = 500;

/**
 * Delivers webhooks: at least once, many at a time, none held up by another's receiver. A process that dies leaves leases behind,
 * and another delivers those again, under the same ids.
 */
@Injectable()
export class WebhookDeliveryLoop implements OnApplicationBootstrap, BeforeApplicationShutdown, LoopOwner {
  readonly loop: Loop;
  private readonly windows = new DeliveryWindows();
  private readonly underWay = new Set<Promise<void>>();

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly payloads: WebhookPayloads,
    private readonly deliverer: WebhookDeliverer,
    private readonly client: WebhookClient,
    @Inject(LOGGER) logger: Logger,
  ) {
    this.loop = new Loop({
      name: 'webhook-deliveries',
      does: 'Delivers webhooks, and tries those again that failed.',
      round: () => this.round(),
      idle: IDLE,
      logger,
    });
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.loop.stop();
    await Promise.all(this.underWay);
    await this.client.close();
  }

  /** There may be something to deliver. */
  wake(): void {
    this.loop.wake();
  }

  /** Begins what there is room for; never waits for a receiver. */
  private async round(): Promise<boolean> {
    const { room, firstRoom } = this.windows;
    if (room <= 0) return false;
    const rooms = this.windows.rooms();
    const claimed = await claimDeliveries(this.database, this.clock.now(), rooms, { firstRoom, limit: room });
    if (claimed.length === 0) return false;
    const payloads = await this.payloads.of(claimed);
    claimed.forEach((delivery, index) => this.begin(delivery, payloads[index]));
    // What ends wakes the loop.
    return false;
  }

  private begin(delivery: ClaimedDelivery, payload: string): void {
    const { endpoint_id: endpointId } = delivery;
    this.windows.begin(endpointId);
    const delivering = this.deliverer
      .deliver(delivery, payload, (succeeded) => this.windows.end(endpointId, succeeded))
      .finally(() => {
        this.underWay.delete(delivering);
        this.wake();
      });
    this.underWay.add(delivering);
  }
}
