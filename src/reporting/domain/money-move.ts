import { isChargeable } from '../../billing/domain/charge.js';

/** The kinds of ledger entries that a report can bring about (design.md 4). */
export type ReportEntryKind = 'post' | 'release' | 'reversal' | 'correction';

/** An account of the ledger. */
export type LedgerAccount = 'available' | 'held' | 'spent';

/** Where an entry of a kind takes its amount from, and where to. */
export const ENTRY_ACCOUNTS: Readonly<
  Record<ReportEntryKind, { readonly from: LedgerAccount; readonly to: LedgerAccount }>
> = {
  post: { from: 'held', to: 'spent' },
  release: { from: 'held', to: 'available' },
  reversal: { from: 'spent', to: 'available' },
  correction: { from: 'available', to: 'spent' },
};

/** What the ledger knows of a message before a report is applied. */
export interface MoneyBefore {
  /** Its price is still held: no answer and no report has settled it. */
  readonly holdOpen: boolean;
  /** ANSWERs and reports have proved that the platform accepted it. */
  readonly accepted: boolean;
  /** SMS_STATE of highest precedence so far; null when there is none. */
  readonly state: number | null;
}

/**
 * The move that a message's cost makes when its state becomes `state`, which a report did: so it was accepted. Any order of
 * answer and reports ends in the same net: spent, unless the last word is LOCAL_REJECTED.
 *
 * @returns `undefined` when nothing moves
 */
export function moneyMove(before: MoneyBefore, state: number): ReportEntryKind | undefined {
  const charged = isChargeable(true, state);
  if (before.holdOpen) return charged ? 'post' : 'release';
  const wasCharged = before.accepted && isChargeable(true, before.state);
  if (wasCharged === charged) return undefined;
  return charged ? 'correction' : 'reversal';
}
