/** SMS_STATE of a delivery report (protocol.md 7). */
export const SmsState = {
  IDLE: 9,
  ENROUTE: 1,
  UNKNOWN: 7,
  ACCEPTED: 6,
  EXPIRED: 3,
  DELETED: 4,
  UNDELIVERABLE: 5,
  REJECTED: 8,
  LOCAL_REJECTED: 60,
  DELIVERED: 2,
} as const;

/** One of the states that the protocol names. */
export type SmsState = (typeof SmsState)[keyof typeof SmsState];

/** Status of a message in the gateway that a state stands for (protocol.md 7, last column). */
export type ReportedStatus = 'submitted' | 'unknown' | 'delivered' | 'expired' | 'undelivered' | 'rejected';

/** A row of the table of states. */
export interface SmsStateRow {
  /** The number on the wire. */
  readonly state: SmsState;
  /** The protocol's name, which is also the RESULT_DESC of a report. */
  readonly name: string;
  /** 1 lowest, 10 highest: the highest of all reports of an SMS is its state. */
  readonly precedence: number;
  /** Whether it is an end; a final state can still be *corrected* by a higher one. */
  readonly final: boolean;
  /** Message status in the gateway. */
  readonly status: ReportedStatus;
}

const UNKNOWN_ROW: SmsStateRow = { state: 7, name: 'UNKNOWN', precedence: 3, final: true, status: 'unknown' };

/** The table of protocol.md 7, by ascending precedence. */
export const SMS_STATES: readonly SmsStateRow[] = [
  { state: 9, name: 'IDLE', precedence: 1, final: false, status: 'submitted' },
  { state: 1, name: 'ENROUTE', precedence: 2, final: false, status: 'submitted' },
  UNKNOWN_ROW,
  { state: 6, name: 'ACCEPTED', precedence: 4, final: true, status: 'delivered' },
  { state: 3, name: 'EXPIRED', precedence: 5, final: true, status: 'expired' },
  { state: 4, name: 'DELETED', precedence: 6, final: true, status: 'undelivered' },
  { state: 5, name: 'UNDELIVERABLE', precedence: 7, final: true, status: 'undelivered' },
  { state: 8, name: 'REJECTED', precedence: 8, final: true, status: 'rejected' },
  { state: 60, name: 'LOCAL_REJECTED', precedence: 9, final: true, status: 'rejected' },
  { state: 2, name: 'DELIVERED', precedence: 10, final: true, status: 'delivered' },
];

const BY_NUMBER: ReadonlyMap<number, SmsStateRow> = new Map(SMS_STATES.map((row) => [row.state, row]));

/** The row of a state; a number that is not in the table counts as UNKNOWN. */
export function smsStateRow(state: number): SmsStateRow {
  return BY_NUMBER.get(state) ?? UNKNOWN_ROW;
}

/** Whether the protocol's table has this state. */
export function isSmsState(state: number): state is SmsState {
  return BY_NUMBER.has(state);
}

/**
 * The state of higher precedence, as it came. Of two that are equal in precedence (UNKNOWN and a number that counts as it)
 * the lower number wins, so that every permutation and repetition of the same reports ends in the same state.
 */
export function higherState(one: number, other: number): number {
  const difference = smsStateRow(one).precedence - smsStateRow(other).precedence;
  if (difference !== 0) return difference > 0 ? one : other;
  return Math.min(one, other);
}

/** The state of an SMS given all its reports, in whatever order and however often they came; `undefined` without any. */
export function stateOf(reports: Iterable<number>): number | undefined {
  let state: number | undefined;
  for (const report of reports) state = state === undefined ? report : higherState(state, report);
  return state;
}

/** Whether `next` replaces a final `current` by a higher one: a *correction*, told to clients as such. */
export function isCorrection(current: number, next: number): boolean {
  return smsStateRow(current).final && smsStateRow(next).precedence > smsStateRow(current).precedence;
}
