import { type BeforeApplicationShutdown, Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';

import { Clock } from '../../clock/clock.js';
import { Database } from '../../database/database.js';
import { Notifications } from '../../database/notifications.js';
import { EVENT_CHANNEL } from '../../database/statements/outbox-number.js';
import {
  type BehindEndpoint,
  insertDeliveries,
  isEndpointBehind,
  lockBehindEndpoint,
  type NewDelivery,
} from '../../database/statements/webhook-fanout.js';
import { Loop, type LoopOwner } from '../../loop.js';
import type { NumberedChange } from '../../outbox/domain/changes.js';
import { readChanges } from '../../outbox/event-log.service.js';
import { LOGGER } from '../../runtime.module.js';
import { UUID_RANDOM_BYTES, uuidv7 } from '../../uuid.js';
import { eventTypeOf } from '../domain/event-type.js';
import { WebhookDeliveryLoop } from './webhook-delivery.loop.js';

const IDLE = 1000;
/** Events that one transaction hands to an endpoint. */
const BATCH = 500;

/** Makes deliveries of numbered events, each endpoint's from where it is: none is skipped, and none is made twice. */
@Injectable()
export class WebhookFanoutLoop implements OnApplicationBootstrap, BeforeApplicationShutdown, LoopOwner {
  readonly loop: Loop;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly notifications: Notifications,
    private readonly deliveries: WebhookDeliveryLoop,
    @Inject(LOGGER) logger: Logger,
  ) {
    this.loop = new Loop({
      name: 'webhook-fan-out',
      does: 'Makes webhook deliveries of new events.',
      round: () => this.round(),
      idle: IDLE,
      logger,
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.notifications.listen(EVENT_CHANNEL, () => this.loop.wake());
    this.loop.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.loop.stop();
  }

  /** One round, as the loop does it. @returns whether there may be more to do */
  async round(): Promise<boolean> {
    if (!(await isEndpointBehind(this.database))) return false;
    const made = await this.database.transaction(async (transaction) => {
      const endpoint = await lockBehindEndpoint(transaction);
      if (endpoint === undefined) return undefined;
      const changes = await readChanges(transaction, endpoint.app_id, endpoint.position, BATCH);
      const position = changes.at(-1)?.sequence ?? endpoint.position;
      const wanted = changes.filter((change) => isWanted(endpoint, change)).map(deliveryOf);
      await insertDeliveries(transaction, endpoint.id, position, this.clock.now(), wanted);
      return { deliveries: wanted.length, more: changes.length > 0 };
    });
    if (made !== undefined && made.deliveries > 0) this.deliveries.wake();
    return made?.more === true;
  }
}

function isWanted({ event_types: types }: BehindEndpoint, { status, previous }: NumberedChange): boolean {
  return types === null || types.includes(eventTypeOf(status, previous));
}

function deliveryOf(change: NumberedChange): NewDelivery {
  return { ...change, id: uuidv7(Date.now(), randomBytes(UUID_RANDOM_BYTES)) };
}
