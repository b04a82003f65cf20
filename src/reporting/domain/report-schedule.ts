/** How long a report waits for its send to turn up (protocol.md 7), in milliseconds of business time. */
export const JOIN_PERIOD = 26 * 3_600_000;

/**
 * Milliseconds from one batch to the next while reports keep coming. Nobody waits for their being applied, and a batch by
 * itself costs what a hundred reports do: few large ones leave more to whom somebody waits for.
 */
export const APPLY_STRIDE = 50;

const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 30 * 60_000;

/**
 * Milliseconds until a report that belongs to no send we know of is looked at again: doubling from a quarter of a second, for
 * an answer that is on its way, to half an hour, for the sends of other programs that share the account.
 *
 * @param tries how often it was looked at before this time
 */
export function pauseAfter(tries: number): number {
  return Math.min(FIRST_PAUSE * 2 ** Math.min(tries, 30), LONGEST_PAUSE);
}

/** Whether a report has waited long enough: it stays stored, for reconciliation, and is looked at no more. */
export function isPastJoining(receivedAt: number, now: number): boolean {
  return now - receivedAt > JOIN_PERIOD;
}
