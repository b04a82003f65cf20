import { Injectable } from '@nestjs/common';

import { Clock } from '../../clock/clock.js';
import { Database } from '../../database/database.js';
import { type EventMessageRow, findEventMessages } from '../../database/statements/event-messages.js';
import type { ClaimedDelivery } from '../../database/statements/webhook-deliver.js';
import { messageId } from '../../messaging/domain/message-id.js';
import { eventView } from '../events/event.view.js';
import { TEST_TYPE } from './webhook.view.js';

/** Writes the bodies of deliveries, with what their messages are in at this moment. */
@Injectable()
export class WebhookPayloads {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** The JSON texts of deliveries, in their order. */
  async of(deliveries: readonly ClaimedDelivery[]): Promise<string[]> {
    const keys = new Map<string, { submissionId: string; ordinal: number }>();
    for (const { submission_id: submissionId, ordinal } of deliveries) {
      if (submissionId !== null && ordinal !== null)
        keys.set(messageId(submissionId, ordinal), { submissionId, ordinal });
    }
    const rows = keys.size === 0 ? [] : await findEventMessages(this.database, [...keys.values()]);
    const messages = new Map(rows.map((row) => [messageId(row.submission_id, row.ordinal), row]));
    const now = this.clock.now();
    return deliveries.map((delivery) => JSON.stringify(payloadOf(delivery, messages, now)));
  }
}

/** As Standard Webhooks recommends: `type`, `timestamp`, `data`. */
function payloadOf(
  delivery: ClaimedDelivery,
  messages: ReadonlyMap<string, EventMessageRow>,
  now: number,
): { type: string; timestamp: string; data: object } {
  const { sequence, submission_id: submissionId, ordinal } = delivery;
  if (sequence === null || submissionId === null || ordinal === null)
    return { type: TEST_TYPE, timestamp: delivery.at.toISOString(), data: {} };
  const change = {
    sequence,
    submissionId,
    ordinal,
    at: delivery.at.getTime(),
    status: delivery.status,
    previous: delivery.previous,
    smsState: delivery.sms_state,
    reason: delivery.reason,
  };
  const how = { clearNumbers: delivery.clear_numbers, now };
  const { type, at, ...data } = eventView(change, messages.get(messageId(submissionId, ordinal)), how);
  return { type, timestamp: at, data };
}
