import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';

import { type ChangeRequest, Changes } from '../../apps/changes.service.js';
import { Database } from '../../database/database.js';
import { insertTest, listDeliveries, replayDelivery } from '../../database/statements/webhook-list.js';
import { ApplicationError } from '../../errors.js';
import { Cursors, type Page, type Position } from '../../rest/page.js';
import { isUuidv7, UUID_RANDOM_BYTES, uuidv7 } from '../../uuid.js';
import type { DeliveriesQuery } from './webhook.dto.js';
import { deliveryView, type DeliveryView } from './webhook.view.js';
import { Webhooks } from './webhooks.service.js';

/** Above every delivery's id. */
const BEYOND = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

const cursors = new Cursors(
  'deliveries',
  (position: Position): position is [string] => typeof position[0] === 'string' && isUuidv7(position[0]),
);

/** What was, or is to be, delivered to an app's endpoints. */
@Injectable()
export class WebhookDeliveries {
  constructor(
    private readonly database: Database,
    private readonly webhooks: Webhooks,
    private readonly changes: Changes,
  ) {}

  /** Newest first, each with all its attempts. @throws WebhookNotFoundError */
  async list(appId: number, endpointId: string, query: DeliveriesQuery): Promise<Page<DeliveryView>> {
    await this.webhooks.find(appId, endpointId);
    const [before = BEYOND] = cursors.decode(query.cursor) ?? [];
    const page = { before, outcome: query.outcome, limit: query.limit + 1 };
    const rows = await listDeliveries(this.database, endpointId, page);
    return cursors.page(rows, query.limit, ({ id }) => [id], deliveryView);
  }

  /** @throws WebhookNotFoundError, ApplicationError `delivery_not_found` */
  async find(appId: number, endpointId: string, id: string): Promise<DeliveryView> {
    await this.webhooks.find(appId, endpointId);
    const page = { before: BEYOND, outcome: undefined, limit: 1, id };
    const [row] = isUuidv7(id) ? await listDeliveries(this.database, endpointId, page) : [];
    if (row === undefined) throw notFound();
    return deliveryView(row);
  }

  /**
   * Delivers once more, under the same id, so that a receiver who has had it knows. Tried for three days from now.
   * @throws WebhookNotFoundError, ApplicationError `delivery_not_found`
   */
  async replay(request: ChangeRequest, endpointId: string, id: string): Promise<DeliveryView> {
    const { appId } = request.caller;
    await this.webhooks.find(appId, endpointId);
    await this.changes.make(request, async (change) => {
      if (!isUuidv7(id) || !(await replayDelivery(change.statements, endpointId, id, change.now))) throw notFound();
      await change.audit({ action: 'webhook.replayed', id: endpointId, after: { deliveryId: id } });
    });
    return this.find(appId, endpointId, id);
  }

  /** Sends a test event. Returns the JSON text of its delivery. @throws WebhookNotFoundError */
  async test(request: ChangeRequest, endpointId: string): Promise<string> {
    const { appId } = request.caller;
    await this.webhooks.find(appId, endpointId);
    return this.changes.create(request, async (change) => {
      const id = uuidv7(Date.now(), randomBytes(UUID_RANDOM_BYTES));
      await insertTest(change.statements, endpointId, id, change.now);
      await change.audit({ action: 'webhook.tested', id: endpointId, after: { deliveryId: id } });
      const page = { before: BEYOND, outcome: undefined, limit: 1, id };
      const [row] = await listDeliveries(change.statements, endpointId, page);
      if (row === undefined) throw notFound();
      return deliveryView(row);
    });
  }
}

function notFound(): ApplicationError {
  return new ApplicationError('not_found', 'delivery_not_found', 'The endpoint has no such delivery.');
}
