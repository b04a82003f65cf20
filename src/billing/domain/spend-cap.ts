import { ApplicationError } from '../../errors.js';
import type { Currency } from './currency.js';
import { money, type Money, subtract, toMoneyJson } from './money.js';

/** Periods of a spend cap, as the API calls them, and as they are stored. */
export const CAP_PERIODS = { daily: 'day', monthly: 'month' } as const;
export type CapPeriod = keyof typeof CAP_PERIODS;

/** What is left of a cap in one period. */
export interface Room {
  /** Names cap and period. */
  readonly key: string;
  readonly left: bigint;
}

/** A request for money and the rooms that it must fit all of. Amounts in 10^-8. */
export interface Demand {
  readonly cost: bigint;
  readonly rooms: readonly Room[];
}

/**
 * Which demands fit, taken in their order: one that does not is passed over, and the next may. What costs
 * nothing always fits. Rooms of the same key are one room.
 * @returns for each demand whether it fits
 */
export function fitting(demands: readonly Demand[]): boolean[] {
  const left = new Map<string, bigint>();
  return demands.map(({ cost, rooms }) => {
    const after = rooms.map((room) => ({ key: room.key, left: (left.get(room.key) ?? room.left) - cost }));
    if (cost > 0n && after.some((room) => room.left < 0n)) return false;
    for (const room of after) left.set(room.key, room.left);
    return true;
  });
}

/** A cap that refuses a request. */
export interface RefusingCap {
  readonly period: CapPeriod;
  readonly cap: Money;
  readonly used: Money;
  /** Milliseconds. */
  readonly renewsAt: number;
}

/** What a request costs is more than a spend cap of its app has left: nothing was stored. */
export class SpendCapReachedError extends ApplicationError {
  constructor(cost: Money, { period, cap, used, renewsAt }: RefusingCap) {
    const left = used.amount >= cap.amount ? money(0n, cap.currency) : subtract(cap, used);
    const rule =
      `would pass the ${period} spend cap of ${shown(cap)}: it costs ${shown(cost)}, ${shown(left)} is left, ` +
      `and the cap renews at ${new Date(renewsAt).toISOString()}`;
    super('rule', 'spend_cap_reached', `The request ${rule}.`, { faults: [{ field: '', rule }] });
  }
}

function shown(value: Money): string {
  const { amount, currency }: { amount: string; currency: Currency } = toMoneyJson(value);
  return `${amount} ${currency}`;
}
