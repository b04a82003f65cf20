import { isFinalStatus, STATUS_CODE, statusOfCode, statusOfSmsState } from '../../messaging/domain/message-status.js';
import { higherState, smsStateRow } from '../../uip/domain/sms-state.js';
import { earlier } from './delivery-time.js';
import { applyToFurther, type FurtherAcceptance, type FurtherChange } from './further-acceptance.js';
import { moneyMove, type ReportEntryKind } from './money-move.js';

/** A stored report entry, as far as applying it goes. */
export interface StoredReport {
  readonly id: string;
  readonly smsUid: string;
  readonly smsState: number;
  /** When the platform learned the state, else when we received it; milliseconds of business time. */
  readonly at: number;
  /** The attempt that CUSTOMER_BODY names. */
  readonly attemptId: string | undefined;
  /** There is a CUSTOMER_BODY, and it is not one of ours. */
  readonly foreignBody: boolean;
}

/** The message that a report was found to speak of. */
export interface Location {
  /** What it was found by. */
  readonly by: 'uid' | 'attempt';
  readonly submissionId: string;
  readonly ordinal: number;
  /** The attempt that sent it. */
  readonly attemptId: string;
}

/** A message as it stands, its row locked. */
export interface MessageFacts {
  readonly submissionId: string;
  readonly ordinal: number;
  readonly appId: number;
  readonly routeId: number;
  readonly priceId: number;
  readonly segments: number;
  /** Code of its stored status. */
  readonly status: number;
  readonly acceptances: number;
  readonly smsState: number | null;
  readonly smsUid: string | null;
  /** The attempt that was accepted first: `smsUid` and `smsState` are its. Null: none is known. */
  readonly uidAttemptId: string | null;
  /** Attempts that were accepted besides. */
  readonly further: readonly FurtherAcceptance[];
  /** When it was to be sent; milliseconds of business time. */
  readonly dueAt: number;
  /** Milliseconds from then to the earliest report that says delivered. */
  readonly deliveryMs: number | null;
}

/** Why a report is not applied although its message is known. Stored with the alarm: never rename. */
export type AlarmCause = 'foreign_body' | 'other_attempt' | 'other_number' | 'other_uid';

/** A report together with what it speaks of. */
export interface LocatedReport {
  readonly report: StoredReport;
  readonly location: Location;
  /** Whether the report's number is the message's. */
  readonly sameNumber: boolean;
}

/** What becomes of one message by all the reports of a batch that speak of it. */
export interface MessageOutcome {
  /** Its new columns; `undefined` when nothing changes. */
  readonly change: MessageChange | undefined;
  readonly move: { readonly kind: ReportEntryKind; readonly attemptId: string } | undefined;
  /** UIDs that the reports taught us. */
  readonly learned: readonly { readonly uid: string; readonly attemptId: string }[];
  /** Attempts that the reports prove to have been accepted, and that may still be open doubts. */
  readonly settledAttempts: readonly string[];
  readonly alarms: readonly { readonly reportId: string; readonly cause: AlarmCause }[];
  /** What becomes of the acceptances beyond the first. */
  readonly further: readonly FurtherChange[];
}

/** New columns of a message. Acceptances become at least 1 with them: only what was accepted is reported on. */
export interface MessageChange {
  /** By the state of highest precedence among all acceptances. */
  readonly status: number;
  /** Of the first acceptance. */
  readonly smsState: number | null;
  /** Milliseconds of business time; `undefined`: as it was. */
  readonly statusAt: number | undefined;
  readonly smsUid: string | null;
  /** Whether its status is another now: what clients are told. */
  readonly isTold: boolean;
  /** Code of the final status that it replaces, when it does. */
  readonly corrects: number | undefined;
  /** The attempt that was accepted first. */
  readonly attemptId: string | null;
  /** Acceptances that nobody knew of, beyond the first. */
  readonly more: number;
  readonly deliveryMs: number | null;
}

type UntimedChange = Omit<MessageChange, 'deliveryMs'>;

/** What `message.sms_state` holds. A greater state is one outside the table; its report keeps it whole. */
const MAX_STORED_STATE = 0x7fff_ffff;

/**
 * Why a report can't be believed; `undefined` when it can (protocol.md 7, design.md 3 rule 5).
 *
 * Found by UID, everything else it says must agree. Found by the attempt, which nobody else can guess, the number has chosen
 * the message among the packet's already, or there was no choice; a UID that the ANSWER gave to that attempt must agree.
 */
export function disbelief({ report, location, sameNumber }: LocatedReport, known: KnownUid): AlarmCause | undefined {
  if (location.by === 'attempt') {
    const contradicts = known.uid !== null && known.attemptId === location.attemptId && known.uid !== report.smsUid;
    return contradicts ? 'other_uid' : undefined;
  }
  if (report.foreignBody) return 'foreign_body';
  if (report.attemptId !== undefined && report.attemptId !== location.attemptId) return 'other_attempt';
  return sameNumber ? undefined : 'other_number';
}

/** The UID that a message is known by, and the attempt that it belongs to. */
export interface KnownUid {
  readonly uid: string | null;
  readonly attemptId: string | null;
}

/**
 * Applies a batch's reports of one message to it. Which state wins depends on precedence alone, so every order and repetition
 * of the same reports, in one batch or in many, ends in the same status and the same net charge.
 *
 * @param located in the order of arrival, all of this message
 */
export function applyReports(message: MessageFacts, located: readonly LocatedReport[]): MessageOutcome {
  const known = new Map<string, KnownUid>(
    message.further.map(({ attemptId, smsUid }) => [attemptId, { uid: smsUid, attemptId }]),
  );
  const alarms: { reportId: string; cause: AlarmCause }[] = [];
  const learned = new Map<string, string>();
  const settled = new Set<string>();
  const believed = new Map<string, StoredReport[]>();
  const wasInDoubt = message.status === STATUS_CODE.in_doubt;
  let firstAttempt = message.uidAttemptId;
  let { deliveryMs } = message;
  for (const item of located) {
    const { report, location } = item;
    const { attemptId } = location;
    const isFirst = firstAttempt === null || firstAttempt === attemptId;
    const knownUid = known.get(attemptId) ?? {
      uid: isFirst ? message.smsUid : null,
      attemptId: isFirst ? message.uidAttemptId : attemptId,
    };
    const cause = disbelief(item, knownUid);
    if (cause !== undefined) {
      alarms.push({ reportId: report.id, cause });
      continue;
    }
    firstAttempt ??= attemptId;
    if (location.by === 'attempt' && knownUid.uid !== report.smsUid) learned.set(report.smsUid, attemptId);
    known.set(attemptId, { uid: knownUid.uid ?? report.smsUid, attemptId: knownUid.attemptId });
    if (location.by === 'attempt' || wasInDoubt) settled.add(attemptId);
    if (statusOfSmsState(report.smsState) === 'delivered') deliveryMs = earlier(deliveryMs, message.dueAt, report.at);
    const reports = believed.get(attemptId);
    if (reports === undefined) believed.set(attemptId, [report]);
    else reports.push(report);
  }
  const { change, move, further } = changesOf(message, firstAttempt, believed);
  return {
    move,
    further,
    change: withDelivery(message, change, deliveryMs),
    learned: Array.from(learned, ([uid, attemptId]) => ({ uid, attemptId })),
    settledAttempts: [...settled],
    alarms,
  };
}

/** What believed reports change, told apart by the attempt that they speak of. */
function changesOf(
  message: MessageFacts,
  firstAttempt: string | null,
  believed: ReadonlyMap<string, readonly StoredReport[]>,
): Pick<MessageOutcome, 'move' | 'further'> & { readonly change: UntimedChange | undefined } {
  let winner: Winner | undefined;
  let smsUid = message.smsUid;
  const further: FurtherChange[] = [];
  for (const [attemptId, reports] of believed) {
    if (attemptId === firstAttempt) {
      for (const report of reports) winner = winnerOf(winner ?? standing(message, attemptId), report, attemptId);
      smsUid ??= reports[0]?.smsUid ?? null;
    } else {
      const known = message.further.find((acceptance) => acceptance.attemptId === attemptId);
      const change = applyToFurther(attemptId, known, reports.map(storable));
      if (change !== undefined) further.push(change);
    }
  }
  const change = winner === undefined ? undefined : changeOf(message, winner, { smsUid, attemptId: firstAttempt });
  return {
    change: withFurther(message, change, further),
    move: winner === undefined ? undefined : moveOf(message, winner),
    further,
  };
}

const storable = (report: StoredReport): StoredReport => ({
  ...report,
  smsState: Math.min(report.smsState, MAX_STORED_STATE),
});

/** A message shows the best that became of any of its acceptances. */
function withFurther(
  message: MessageFacts,
  change: UntimedChange | undefined,
  further: readonly FurtherChange[],
): UntimedChange | undefined {
  if (further.length === 0 && (message.further.length === 0 || change === undefined)) return change;
  const { smsUid, uidAttemptId: attemptId } = message;
  const own = change ?? { smsState: message.smsState, smsUid, attemptId, statusAt: undefined };
  const states = new Map<string, number | null>(message.further.map((known) => [known.attemptId, known.smsState]));
  for (const { attemptId, smsState } of further) states.set(attemptId, smsState);
  const all = [own.smsState, ...states.values()].filter((state) => state !== null);
  const highest = all.reduce<number | null>((one, other) => (one === null ? other : higherState(one, other)), null);
  const status = highest === null ? message.status : statusAfter(message.status, highest);
  const at = Math.max(own.statusAt ?? 0, ...further.map((acceptance) => acceptance.at));
  const more = further.filter(({ isNew }) => isNew).length;
  return stepTo(message, status, at, { smsState: own.smsState, smsUid: own.smsUid, attemptId: own.attemptId, more });
}

interface Winner {
  readonly state: number;
  /** `undefined`: the state that the message had already. */
  readonly at: number | undefined;
  readonly attemptId: string;
}

function standing(message: MessageFacts, attemptId: string): Winner | undefined {
  return message.smsState === null ? undefined : { state: message.smsState, at: undefined, attemptId };
}

function winnerOf(current: Winner | undefined, report: StoredReport, attemptId: string): Winner {
  const state = Math.min(report.smsState, MAX_STORED_STATE);
  if (current !== undefined && higherState(current.state, state) === current.state) return current;
  return { state, at: report.at, attemptId: current?.attemptId ?? attemptId };
}

/** A change with the time to delivery; where that alone is news, everything else stays as it is. */
function withDelivery(
  message: MessageFacts,
  change: UntimedChange | undefined,
  deliveryMs: number | null,
): MessageChange | undefined {
  if (change !== undefined) return { ...change, deliveryMs };
  if (deliveryMs === message.deliveryMs) return undefined;
  const { smsState, smsUid, uidAttemptId: attemptId } = message;
  return { ...stepTo(message, message.status, undefined, { smsState, smsUid, attemptId, more: 0 }), deliveryMs };
}

function changeOf(
  message: MessageFacts,
  winner: Winner,
  identity: Pick<MessageChange, 'smsUid' | 'attemptId'>,
): UntimedChange | undefined {
  const isNews = winner.at !== undefined || message.acceptances === 0 || isHoldOpen(message);
  const same = message.smsUid === identity.smsUid;
  if (!isNews && same) return undefined;
  const status = isNews ? statusAfter(message.status, winner.state) : message.status;
  const { smsUid, attemptId } = identity;
  return stepTo(message, status, winner.at, { smsState: winner.state, smsUid, attemptId, more: 0 });
}

/** A status, since when, and what clients are told of it. */
function stepTo(
  message: MessageFacts,
  status: number,
  at: number | undefined,
  { smsState, smsUid, attemptId, more }: Pick<MessageChange, 'smsState' | 'smsUid' | 'attemptId' | 'more'>,
): UntimedChange {
  const isTold = status !== message.status;
  const corrects = isTold && isFinal(message.status) ? message.status : undefined;
  return { status, statusAt: isTold ? at : undefined, isTold, corrects, smsState, smsUid, attemptId, more };
}

function isFinal(code: number): boolean {
  const status = statusOfCode(code);
  return status !== undefined && status !== 'pending' && isFinalStatus(status);
}

/** The status that a state brings. News that it is on its way does not reopen what silence has ended as `unknown`. */
function statusAfter(status: number, state: number): number {
  if (statusOfCode(status) === 'unknown' && !smsStateRow(state).final) return status;
  return STATUS_CODE[statusOfSmsState(state)];
}

function moveOf(message: MessageFacts, winner: Winner): MessageOutcome['move'] {
  const before = { holdOpen: isHoldOpen(message), accepted: message.acceptances > 0, state: message.smsState };
  const kind = moneyMove(before, winner.state);
  return kind === undefined ? undefined : { kind, attemptId: winner.attemptId };
}

/** Neither an answer nor a report has settled the message's price yet. */
function isHoldOpen(message: MessageFacts): boolean {
  return message.status === STATUS_CODE.pending || message.status === STATUS_CODE.in_doubt;
}
