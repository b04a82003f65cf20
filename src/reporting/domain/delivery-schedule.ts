const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Pauses after the first attempts; after these every hour, so that a receiver who is back hears of it soon. */
const PAUSES = [5 * SECOND, 30 * SECOND, 2 * MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE];
/** For how long a delivery is tried. */
export const DELIVERY_TIME = 72 * HOUR;
/** Part of a pause that chance decides, so that what failed together does not come again together. */
const JITTER = 0.25;

/**
 * When a delivery that has failed is tried again: after 5 s, 30 s, 2, 5, 15, 30 minutes, then every hour, each a quarter more or
 * less at the most; until three days after `since`.
 *
 * @param attempts so far, at least 1
 * @param since when the first attempt was due; this and `now` in milliseconds
 * @param chance 0 to 1
 * @returns undefined when the time is up
 */
export function nextDelivery(attempts: number, since: number, now: number, chance: number): number | undefined {
  const pause = PAUSES[attempts - 1] ?? HOUR;
  const at = now + Math.round(pause * (1 + JITTER * (2 * chance - 1)));
  return at <= since + DELIVERY_TIME ? at : undefined;
}
