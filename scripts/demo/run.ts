import { setTimeout as delay } from 'node:timers/promises';

import { isNumberFault, parsePhoneNumber } from '../../src/messaging/domain/phone-number.js';
import type { MessageView } from '../../src/messaging/message.view.js';
import type { GatewayClient } from '../sandbox/gateway-client.js';
import { isSettled, type Outcome } from './outcome.js';
import type { Shipment } from './scenario.js';

/** A shipment that the gateway has taken in. */
export interface Sent {
  readonly shipment: Shipment;
  /** Ids of its messages, in the order of its numbers. */
  readonly ids: readonly string[];
  /** When the request was made, on the monotonic clock. */
  readonly sentAt: number;
}

/** A shipment and what became of its SMS. */
export interface Result {
  readonly shipment: Shipment;
  readonly outcomes: readonly Outcome[];
}

/** Milliseconds between two looks. */
const INTERVAL = 200;
/** Milliseconds without any progress after which it is over. */
const PATIENCE = 30_000;

/** Sends all shipments at once. */
export async function sendAll(gateway: GatewayClient, shipments: readonly Shipment[]): Promise<Sent[]> {
  return Promise.all(
    shipments.map(async (shipment) => {
      const sentAt = performance.now();
      const { messages } = await gateway.send(shipment.request);
      return { shipment, ids: messages.map(({ id }) => id), sentAt };
    }),
  );
}

/**
 * Looks at the messages again and again, until all have come to what their numbers stand for, or nothing moves any more.
 * @param tell how many have, and the statuses of all
 * @throws AbortError when the signal says so
 */
export async function follow(
  gateway: GatewayClient,
  sent: readonly Sent[],
  tell: (settled: number, messages: readonly Outcome[]) => void,
  signal: AbortSignal,
): Promise<Result[]> {
  const total = sent.reduce((sum, { ids }) => sum + ids.length, 0);
  const deliveries = new Map<string, number>();
  let settled = -1;
  for (let movedAt = performance.now(); ; await delay(INTERVAL, undefined, { signal })) {
    const found = new Map((await gateway.messages({})).map((message) => [message.id, message]));
    const results = sent.map((one) => resultOf(one, found, deliveries));
    const count = results.flatMap(({ shipment, outcomes }) =>
      outcomes.filter((outcome) => isSettled(outcome, shipment.expected)),
    ).length;
    if (count !== settled) movedAt = performance.now();
    settled = count;
    tell(
      settled,
      results.flatMap(({ outcomes }) => outcomes),
    );
    if (settled === total || performance.now() - movedAt > PATIENCE) return results;
  }
}

/** @param deliveries when each message was first seen delivered, by id; added to */
function resultOf(
  { shipment, ids, sentAt }: Sent,
  found: ReadonlyMap<string, MessageView>,
  deliveries: Map<string, number>,
): Result {
  const now = performance.now();
  const outcomes = ids.flatMap((id) => {
    const message = found.get(id);
    if (message === undefined) return [];
    if (message.status === 'delivered' && !deliveries.has(id)) deliveries.set(id, now - sentAt);
    return outcomeOf(message, deliveries.get(id));
  });
  return { shipment, outcomes };
}

function outcomeOf(message: MessageView, deliveredAfter: number | undefined): Outcome {
  const { id, status, reason, segments, cost } = message;
  const to = message.to ?? '';
  const number = parsePhoneNumber(to);
  const countryCode = isNumberFault(number) ? 0 : number.countryCode;
  return { id, to, countryCode, status, reason, segments, cost, deliveredAfter };
}
