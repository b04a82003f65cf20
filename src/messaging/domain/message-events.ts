import { higherState, isCorrection } from '../../uip/domain/sms-state.js';
import { type MessageStatus, statusOfSmsState } from './message-status.js';
import type { WaitingPacket } from './shown-status.js';

/** A status that a message went through. */
export interface MessageEvent {
  /** Milliseconds of business time. */
  readonly at: number;
  readonly status: MessageStatus;
  /** The report's SMS_STATE, where a report brought it. */
  readonly smsState?: number;
  /** The report replaced a final state by a higher one. */
  readonly correction?: true;
}

/** An attempt that has ended. */
export interface PastAttempt {
  readonly claimedAt: number;
  readonly endedAt: number;
  readonly outcome: 'answered' | 'not_sent' | 'in_doubt';
}

/** A report that was applied. */
export interface AppliedReport {
  /** When the platform learned the state, else when it was received. */
  readonly at: number;
  readonly receivedAt: number;
  readonly smsState: number;
}

/** What the events of a message are derived from: they are stored nowhere else (design.md 5). */
export interface MessageHistory {
  readonly createdAt: number;
  readonly dueAt: number;
  /** As it is shown now. */
  readonly status: MessageStatus;
  /** Since when, for a stored status. */
  readonly statusAt: number | undefined;
  readonly accepted: boolean;
  readonly packet: WaitingPacket | undefined;
  /** Oldest first. */
  readonly attempts: readonly PastAttempt[];
  /** In the order of their arrival. */
  readonly reports: readonly AppliedReport[];
}

interface Candidate extends MessageEvent {
  /** When we learned of it: what the order goes by, since the platform's times are cut to seconds. */
  readonly learnedAt: number;
}

/**
 * The statuses that a message went through, `queued` or `scheduled` first, its present one last, in the order in which they
 * came about. No status is told twice in a row, and none that a report had overtaken.
 */
export function eventsOf(history: MessageHistory): MessageEvent[] {
  const candidates = [...ownEvents(history), ...reportEvents(history.reports)].toSorted(
    (one, other) => one.learnedAt - other.learnedAt,
  );
  const events: MessageEvent[] = [];
  let isReported = false;
  for (const { learnedAt: _, ...event } of candidates) {
    isReported ||= event.smsState !== undefined;
    if (isReported && event.smsState === undefined) continue;
    push(events, event);
  }
  push(events, { at: history.statusAt ?? history.createdAt, status: history.status });
  return events;
}

/** Time does not go back in the list. */
function push(events: MessageEvent[], event: MessageEvent): void {
  const last = events.at(-1);
  if (last?.status === event.status) return;
  events.push({ ...event, at: Math.max(event.at, last?.at ?? event.at) });
}

/** What we did ourselves: queued it, sent it, read its answer. */
function ownEvents({ createdAt, dueAt, status, statusAt, packet, attempts, accepted }: MessageHistory): Candidate[] {
  const events: Candidate[] = [];
  const add = (at: number, status: MessageStatus): void => void events.push({ at, status, learnedAt: at });
  const isScheduled = dueAt > createdAt;
  add(createdAt, isScheduled ? 'scheduled' : 'queued');
  const wasDue = attempts.length > 0 || status !== 'scheduled';
  const endedBeforeDue = attempts.length === 0 && packet === undefined && (statusAt ?? dueAt) < dueAt;
  if (isScheduled && wasDue && !endedBeforeDue) add(dueAt, 'queued');
  attempts.forEach(({ claimedAt, endedAt, outcome }, index) => {
    add(claimedAt, 'sending');
    const isLast = index === attempts.length - 1;
    if (outcome === 'in_doubt') add(endedAt, 'in_doubt');
    if (!isLast || packet !== undefined) add(endedAt, 'queued');
    else if (outcome === 'answered' && accepted) add(endedAt, 'submitted');
  });
  if (packet?.sending === true && packet.claimedAt !== undefined) add(packet.claimedAt, 'sending');
  return events;
}

/** Each change of status that reports made, by precedence, in the order of their arrival. */
function reportEvents(reports: readonly AppliedReport[]): Candidate[] {
  const events: Candidate[] = [];
  let state: number | undefined;
  for (const { at, receivedAt, smsState } of reports) {
    const next = state === undefined ? smsState : higherState(state, smsState);
    if (next === state) continue;
    const correction = state !== undefined && isCorrection(state, next) ? { correction: true as const } : {};
    events.push({ at, status: statusOfSmsState(next), smsState: next, ...correction, learnedAt: receivedAt });
    state = next;
  }
  return events;
}
