import { type Money, multiply } from './money.js';

/**
 * What an SMS costs, as a pure function of what is known of it (protocol.md 9, design.md 4): so any order of answer and reports
 * ends in the same net charge.
 */

/** What is known of an SMS. */
export interface ChargeFacts {
  /** An ANSWER accepted the number. */
  readonly accepted: boolean;
  /** The SMS_STATE of highest precedence among its reports (protocol.md 7); `null` when there is none. */
  readonly state: number | null;
}

/** Nothing is known yet: not accepted, no report. */
export const UNCHARGED: ChargeFacts = { accepted: false, state: null };

/** SMS_STATE of what the platform refused itself, the one state that costs nothing. */
const LOCAL_REJECTED = 60;

/**
 * Whether an SMS is charged: once it is accepted, in every state but LOCAL_REJECTED; a state outside the table counts as
 * UNKNOWN, which is charged. A report proves acceptance even where the ANSWER was never seen, because only accepted numbers get
 * reports (protocol.md 3).
 */
export function isChargeable(accepted: boolean, state: number | null): boolean {
  return (accepted || state !== null) && state !== LOCAL_REJECTED;
}

/** How many times the price a change of facts adds to the ledger: 1 posts it, -1 reverses it, 0 is no entry. */
export function chargeDelta(before: ChargeFacts, after: ChargeFacts): -1 | 0 | 1 {
  const was = isChargeable(before.accepted, before.state);
  const is = isChargeable(after.accepted, after.state);
  if (was === is) return 0;
  return is ? 1 : -1;
}

/** The cost of one SMS: price per segment × segments. @throws as `multiply` does */
export function costOf(perSegment: Money, segments: number): Money {
  return multiply(perSegment, segments);
}
