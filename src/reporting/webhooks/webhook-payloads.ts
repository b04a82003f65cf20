import { Injectable } from '@nestjs/common';

import { Clock } from '../../clock/clock.js';
import { Database } from '../../database/database.js';
import type { ClaimedDelivery } from '../../database/statements/webhook-deliver.js';
import type { NumberedChange } from '../../outbox/domain/changes.js';
import { EventSubjects } from '../events/event-subjects.js';
import { TEST_TYPE } from './webhook.view.js';

/** Writes the bodies of deliveries, with what they speak of as it is at this moment. */
@Injectable()
export class WebhookPayloads {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** The JSON texts of deliveries, in their order. */
  async of(deliveries: readonly ClaimedDelivery[]): Promise<string[]> {
    const changes = deliveries.map(changeOf);
    const subjects = await EventSubjects.read(
      this.database,
      changes.filter((change) => change !== undefined),
    );
    const now = this.clock.now();
    return deliveries.map((delivery, index) => JSON.stringify(payloadOf(delivery, changes[index], subjects, now)));
  }
}

/** Undefined: a test, which speaks of nothing. */
function changeOf(delivery: ClaimedDelivery): NumberedChange | undefined {
  const { sequence, submission_id: submissionId, ordinal, at, status, previous, sms_state, reason } = delivery;
  if (sequence === null || submissionId === null || ordinal === null) return undefined;
  return { sequence, submissionId, ordinal, at: at.getTime(), status, previous, smsState: sms_state, reason };
}

/** As Standard Webhooks recommends: `type`, `timestamp`, `data`. */
function payloadOf(
  delivery: ClaimedDelivery,
  change: NumberedChange | undefined,
  subjects: EventSubjects,
  now: number,
): { type: string; timestamp: string; data: object } {
  if (change === undefined) return { type: TEST_TYPE, timestamp: delivery.at.toISOString(), data: {} };
  const { type, at, ...data } = subjects.view(change, { clearNumbers: delivery.clear_numbers, now });
  return { type, timestamp: at, data };
}
