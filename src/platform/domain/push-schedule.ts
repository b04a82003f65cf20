const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Pauses after the first failures of a push; from then on it is tried hourly. */
const PAUSES = [5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE];
/** How long a report is pushed before it is parked. */
export const PUSH_PERIOD = 24 * HOUR;
/** Share of a pause by which it varies, up or down. */
const JITTER = 0.1;

/**
 * When a report that was pushed in vain is due again (protocol.md 7): after 5 s, 30 s, 2 min, 10 min, 30 min, then hourly,
 * each varied by a tenth so that a customer who comes back is not met by all at once. A last time at the end of the 24
 * hours.
 *
 * @param attempts how often it was pushed, the last time included
 * @param since begin of the 24 hours, ms
 * @param now ms
 * @param chance 0 (included) to 1 (excluded)
 * @returns ms, or `undefined` when the 24 hours are over: park it
 */
export function nextPush(attempts: number, since: number, now: number, chance: number): number | undefined {
  const end = since + PUSH_PERIOD;
  if (now >= end) return undefined;
  const pause = PAUSES[attempts - 1] ?? HOUR;
  return Math.min(end, now + Math.round(pause * (1 + JITTER * (2 * chance - 1))));
}
