import { randomUUID } from 'node:crypto';

import { type Plan, PLANNED } from '../support/hostile-mood.js';
import type { SeededRandom } from '../support/seeded-random.js';

/** What is asked of the gateway, under one Idempotency-Key. */
export interface Order {
  readonly key: string;
  readonly to: readonly string[];
  readonly resend: boolean;
  readonly high: boolean;
  /** Posted to all processes at once, and to all of them again after the answer. */
  readonly repeated: boolean;
}

/** Orders of each plan, and of numbers twice. */
const PLANNED_ORDERS = 4;
/** Different numbers of an order that has each of them twice: a route in question sends the first few one by one. */
const PAIRS = 12;

/**
 * Orders of about `size` SMS at random, with those between them that leave nothing to chance: that are repeated on all
 * processes, cut off, reported before they are answered, or have many numbers twice.
 */
export function makeOrders(size: number, random: SeededRandom): Order[] {
  const orders: Order[] = [];
  for (let made = 0; made < size;) {
    const count = random.next() < 0.7 ? 1 : 2 + random.below(20);
    const first = 1_000_000 + made;
    const to = Array.from({ length: count }, (_, index) => `+8526${String(first + index)}`);
    made += count;
    // Now and then a number twice: two SMS, in two packets.
    if (random.next() < 0.1) to.push(to[0]);
    const resend = count === 1 && random.next() < 0.3;
    orders.push(order({ to, resend, repeated: orders.length === 0 || random.next() < 0.2 }));
  }
  const planned = plannedOrders();
  const gap = Math.ceil(orders.length / planned.length);
  planned.forEach((order, index) => orders.splice(index * (gap + 1) + 1, 0, order));
  return orders;
}

/** An order that goes before all others; its packet is held where somebody has asked for that. */
export function baitOrder(index: number): Order {
  return order({ to: [plannedNumber('bait', index)], high: true });
}

function plannedOrders(): Order[] {
  return Array.from({ length: PLANNED_ORDERS }, (_, index) => {
    const pairs = Array.from({ length: PAIRS }, (_, pair) => `+8526${9_000_000 + index * PAIRS + pair}`);
    return [
      order({ to: [plannedNumber('cut', index)] }),
      order({ to: [plannedNumber('early', index)] }),
      order({ to: [...pairs, ...pairs] }),
    ];
  }).flat();
}

const plannedNumber = (plan: Plan, index: number): string => `${PLANNED[plan]}${100_000 + index}`;

function order(wanted: Pick<Order, 'to'> & Partial<Order>): Order {
  return { key: randomUUID(), resend: false, high: false, repeated: false, ...wanted };
}
