import type { DeliveryRow } from '../../database/statements/webhook-list.js';
import { messageId } from '../../messaging/domain/message-id.js';
import { DELIVERY_TIME } from '../domain/delivery-schedule.js';
import { ToldStatus } from '../../outbox/told-status.js';
import { eventTypeOf, type EventType } from '../domain/event-type.js';
import type { WebhookEndpoint } from './webhook-endpoint.entity.js';

/** Type of the event by which an endpoint is tried out; it speaks of no message. */
export const TEST_TYPE = 'webhook.test' as const;

/** An endpoint as REST shows it. */
export class WebhookView {
  readonly id: string;
  readonly url: string;
  readonly description: string;
  /** Null: all. */
  readonly eventTypes: EventType[] | null;
  readonly numbers: 'masked' | 'clear';
  readonly enabled: boolean;
  /** `failing`: for three days nothing has arrived. It goes on being tried. */
  readonly health: 'ok' | 'unstable' | 'failing';
  readonly failingSince: string | null;
  readonly oldSecretValidUntil: string | null;
  readonly createdAt: string;
}

/** With the secret: in the answers to creation and rotation only. */
export class WebhookSecretView extends WebhookView {
  /** By which deliveries are verified. It can't be shown again. */
  readonly secret: string;
}

/** One attempt, as REST shows it. */
export class AttemptView {
  readonly at: string;
  readonly milliseconds: number;
  /** HTTP status; null without an answer. */
  readonly status: number | null;
  readonly error: string | null;
  /** First kilobyte of the answer. */
  readonly answer: string | null;
}

/** A delivery as REST shows it. */
export class DeliveryView {
  /** The `webhook-id` of all its attempts. */
  readonly id: string;
  readonly type: EventType | 'webhook.test';
  /** Number of the event; null for a test. */
  readonly sequence: number | null;
  readonly messageId: string | null;
  readonly outcome: 'pending' | 'delivered' | 'failed';
  readonly at: string;
  readonly nextAttemptAt: string | null;
  readonly attempts: AttemptView[];
}

/** @param now business time, milliseconds */
export function webhookView(endpoint: WebhookEndpoint, now: number): WebhookView {
  const { failingSince, oldSecretUntil } = endpoint;
  const failsFor = failingSince === null ? undefined : now - failingSince.getTime();
  return {
    id: endpoint.id,
    url: endpoint.url,
    description: endpoint.description,
    eventTypes: endpoint.eventTypes,
    numbers: endpoint.clearNumbers ? 'clear' : 'masked',
    enabled: endpoint.enabled,
    health: failsFor === undefined ? 'ok' : failsFor < DELIVERY_TIME ? 'unstable' : 'failing',
    failingSince: failingSince?.toISOString() ?? null,
    oldSecretValidUntil:
      oldSecretUntil !== null && oldSecretUntil.getTime() > now ? oldSecretUntil.toISOString() : null,
    createdAt: endpoint.createdAt.toISOString(),
  };
}

export function deliveryView(row: DeliveryRow): DeliveryView {
  const { submission_id: submissionId, ordinal } = row;
  const isTest = submissionId === null || ordinal === null;
  const isOfMessage = !isTest && row.status !== ToldStatus.spend_cap;
  return {
    id: row.id,
    type: isTest ? TEST_TYPE : eventTypeOf(row.status, row.previous),
    sequence: row.sequence,
    messageId: isOfMessage ? messageId(submissionId, ordinal) : null,
    outcome: row.outcome,
    at: row.at.toISOString(),
    nextAttemptAt: row.due_at?.toISOString() ?? null,
    attempts: row.tried.map(({ at, ...attempt }) => ({ at: new Date(at).toISOString(), ...attempt })),
  };
}
