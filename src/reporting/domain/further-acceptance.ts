import { higherState } from '../../uip/domain/sms-state.js';
import { moneyMove, type ReportEntryKind } from './money-move.js';

/**
 * An acceptance of a message beyond its first: a second SMS, after the caller asked for `onDoubt: "resend"`. It is charged by
 * its own state, as an SMS of its own would be (docs/decisions/0010-doubt.md).
 */
export interface FurtherAcceptance {
  /** The attempt that was accepted. */
  readonly attemptId: string;
  readonly smsUid: string | null;
  readonly smsState: number | null;
}

/** What reports make of such an acceptance. */
export interface FurtherChange {
  readonly attemptId: string;
  readonly smsUid: string;
  readonly smsState: number;
  /** Nobody knew of it: neither an ANSWER nor an earlier report. */
  readonly isNew: boolean;
  /** When the platform learned the state of highest precedence; milliseconds of business time. */
  readonly at: number;
  readonly move: ReportEntryKind | undefined;
}

/** A report of it that is believed. */
interface Report {
  readonly smsUid: string;
  readonly smsState: number;
  readonly at: number;
}

/**
 * Applies believed reports to an acceptance.
 * @param known undefined: these reports are its first sign
 * @returns undefined when they change nothing
 */
export function applyToFurther(
  attemptId: string,
  known: FurtherAcceptance | undefined,
  reports: readonly Report[],
): FurtherChange | undefined {
  let state = known?.smsState ?? null;
  let winner: Report | undefined;
  for (const report of reports) {
    const next = state === null ? report.smsState : higherState(state, report.smsState);
    if (next === state) continue;
    state = next;
    winner = report;
  }
  const [first] = reports;
  if (first === undefined || state === null) return undefined;
  const smsUid = known?.smsUid ?? first.smsUid;
  if (winner === undefined && known?.smsUid === smsUid) return undefined;
  const before = { holdOpen: false, accepted: known !== undefined, state: known?.smsState ?? null };
  return {
    attemptId,
    smsUid,
    smsState: state,
    isNew: known === undefined,
    at: winner?.at ?? first.at,
    move: moneyMove(before, state),
  };
}
