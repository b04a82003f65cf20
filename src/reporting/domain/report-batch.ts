import { applyReports, type LocatedReport, type MessageFacts, type MessageOutcome } from './apply-report.js';
import { ENTRY_ACCOUNTS, type LedgerAccount, type ReportEntryKind } from './money-move.js';

/** A message with the reports of a batch that speak of it, in the order of their arrival. */
export interface ReportedMessage {
  readonly message: MessageFacts;
  readonly reports: readonly LocatedReport[];
}

/** An entry of the ledger before it has an id. */
export interface LedgerMove {
  readonly appId: number;
  readonly priceId: number;
  /** Segments. */
  readonly quantity: number;
  readonly kind: ReportEntryKind;
  readonly from: LedgerAccount;
  readonly to: LedgerAccount;
  /** The attempt, or with `ordinal` the submission. */
  readonly sourceId: string;
  readonly ordinal: number | undefined;
}

/** What a batch of reports changes. No message is named twice in a list. */
export interface BatchOutcome {
  readonly messages: readonly (NonNullable<MessageOutcome['change']> & MessageKey)[];
  readonly learned: readonly (MessageKey & { readonly uid: string; readonly attemptId: string })[];
  readonly doubts: readonly (MessageKey & { readonly attemptId: string })[];
  readonly further: readonly (MessageKey & Omit<MessageOutcome['further'][number], 'move' | 'isNew'>)[];
  readonly alarms: readonly (MessageKey & MessageOutcome['alarms'][number])[];
  readonly ledger: readonly LedgerMove[];
}

interface MessageKey {
  readonly submissionId: string;
  readonly ordinal: number;
}

/** Decides what a batch of reports changes: per message, then the money folded to the grain of the ledger (design.md 4). */
export function applyBatch(batch: readonly ReportedMessage[]): BatchOutcome {
  const outcome = {
    messages: [] as BatchOutcome['messages'][number][],
    learned: [] as BatchOutcome['learned'][number][],
    doubts: [] as BatchOutcome['doubts'][number][],
    further: [] as BatchOutcome['further'][number][],
    alarms: [] as BatchOutcome['alarms'][number][],
  };
  const ledger = new Map<string, FoldedMove>();
  for (const { message, reports } of batch) {
    const { change, move, learned, settledAttempts, alarms, further } = applyReports(message, reports);
    const { submissionId, ordinal } = message;
    // One object is spread into each, and first: a second one takes V8 ten times as long.
    if (change !== undefined) outcome.messages.push({ ...change, submissionId, ordinal });
    for (const known of learned) outcome.learned.push({ ...known, submissionId, ordinal });
    for (const attemptId of settledAttempts) outcome.doubts.push({ submissionId, ordinal, attemptId });
    for (const alarm of alarms) outcome.alarms.push({ ...alarm, submissionId, ordinal });
    if (move !== undefined) fold(ledger, message, move.kind, move.attemptId);
    for (const { attemptId, smsUid, smsState, at, move } of further) {
      outcome.further.push({ submissionId, ordinal, attemptId, smsUid, smsState, at });
      if (move !== undefined) fold(ledger, message, move, attemptId);
    }
  }
  return { ...outcome, ledger: [...ledger.values()] };
}

type FoldedMove = { -readonly [Member in keyof LedgerMove]: LedgerMove[Member] };

/** Posts and releases have the grain of the attempt, corrections and reversals that of the message. */
function fold(ledger: Map<string, FoldedMove>, message: MessageFacts, kind: ReportEntryKind, attemptId: string): void {
  const perMessage = kind === 'correction' || kind === 'reversal';
  const sourceId = perMessage ? message.submissionId : attemptId;
  const ordinal = perMessage ? message.ordinal : undefined;
  const key = `${kind} ${sourceId} ${ordinal} ${message.priceId} ${message.appId}`;
  const known = ledger.get(key);
  if (known !== undefined) {
    known.quantity += message.segments;
    return;
  }
  const { appId, priceId, segments } = message;
  ledger.set(key, { appId, priceId, quantity: segments, kind, ...ENTRY_ACCOUNTS[kind], sourceId, ordinal });
}
