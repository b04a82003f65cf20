import type { CapRoom } from '../../database/statements/spend-reserve.js';
import type { Currency } from '../domain/currency.js';
import { money, MoneyJson, parseAmount, toMoneyJson } from '../domain/money.js';
import { CAP_PERIODS, type CapPeriod } from '../domain/spend-cap.js';

/** A spend cap and what is used of it at this moment. */
export class CapView {
  readonly period: CapPeriod;
  readonly amount: MoneyJson;
  /** Held or spent of what was accepted in this period. May be more than the amount: later news is charged whatever the cap. */
  readonly used: MoneyJson;
  /** Not less than zero. */
  readonly left: MoneyJson;
  /** Whose days and months they are. */
  readonly timeZone: string;
  readonly startsAt: string;
  /** When the next period begins. */
  readonly renewsAt: string;
}

/** The caps of an app. */
export class CapsView {
  readonly items: CapView[];
}

/** @param room with what is used by now, deltas included */
export function capView(room: CapRoom & { readonly time_zone: string }): CapView {
  const currency = room.currency as Currency;
  const [amount, used] = [parseAmount(room.cap), parseAmount(room.used ?? '0')];
  const shown = (value: bigint): MoneyJson => toMoneyJson(money(value, currency));
  return {
    period: room.period === CAP_PERIODS.daily ? 'daily' : 'monthly',
    amount: shown(amount),
    used: shown(used),
    left: shown(used > amount ? 0n : amount - used),
    timeZone: room.time_zone,
    startsAt: new Date(room.starts_at).toISOString(),
    renewsAt: new Date(room.renews_at).toISOString(),
  };
}
