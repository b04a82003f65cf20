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
}

/** A shipment and what became of its SMS. */
export interface Result {
  readonly shipment: Shipment;
  readonly outcomes: readonly Outcome[];
}

/** Milliseconds between two looks. */
const INTERVAL = 150;
/** Milliseconds without any progress after which it is over. */
const PATIENCE = 30_000;

/** Sends all shipments at once. */
export async function sendAll(gateway: GatewayClient, shipments: readonly Shipment[]): Promise<Sent[]> {
  return Promise.all(
    shipments.map(async (shipment) => {
      const { messages } = await gateway.send(shipment.request);
      return { shipment, ids: messages.map(({ id }) => id) };
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
  let settled = -1;
  for (let movedAt = performance.now(); ; await delay(INTERVAL, undefined, { signal })) {
    const found = new Map((await gateway.messages({})).map((message) => [message.id, outcomeOf(message)]));
    const results = sent.map(({ shipment, ids }) => ({
      shipment,
      outcomes: ids.flatMap((id) => found.get(id) ?? []),
    }));
    const count = results.flatMap(({ shipment, outcomes }) =>
      outcomes.filter((outcome) => isSettled(outcome, shipment.expected)),
    ).length;
    if (count !== settled) movedAt = performance.now();
    settled = count;
    tell(
      settled,
      results.flatMap(({ outcomes }) => outcomes),
    );
    const total = sent.reduce((sum, { ids }) => sum + ids.length, 0);
    if (settled === total || performance.now() - movedAt > PATIENCE) return results;
  }
}

function outcomeOf({ id, to, status, reason, segments, cost, createdAt, statusAt }: MessageView): Outcome {
  const number = parsePhoneNumber(to);
  const countryCode = isNumberFault(number) ? 0 : number.countryCode;
  return { id, to, countryCode, status, reason, segments, cost, createdAt, statusAt };
}
