import type { Currency } from '../../billing/domain/currency.js';
import { money, MoneyJson, parseAmount, toMoneyJson } from '../../billing/domain/money.js';
import { CAP_PERIODS, type CapPeriod } from '../../billing/domain/spend-cap.js';
import type { EventMessageRow } from '../../database/statements/event-messages.js';
import type { SpendWarningRow } from '../../database/statements/spend-warn.js';
import { failureReasonName } from '../../messaging/domain/failure-reason.js';
import { messageId } from '../../messaging/domain/message-id.js';
import type { MessageStatus } from '../../messaging/domain/message-status.js';
import { maskNumber } from '../../messaging/domain/phone-number.js';
import { shownStatus } from '../../messaging/domain/shown-status.js';
import type { NumberedChange } from '../../outbox/domain/changes.js';
import { eventTypeOf, type EventType, toldStatusOf } from '../domain/event-type.js';

/** A change of status as feed, stream and webhooks tell it (docs/events.md). Ids and states, never a text. */
export class EventView {
  /** Counts the app's events from 1, without gaps. */
  readonly sequence: number;
  readonly type: EventType;
  /** When it came about, UTC, ISO-8601. */
  readonly at: string;
  readonly messageId: string;
  readonly submissionId: string;
  /** E.164, masked unless asked for in clear; null once retention has taken the number. */
  readonly to: string | null;
  /** What the message came to by this event. */
  readonly status: MessageStatus;
  /** The final status that a `message.corrected` replaces. */
  readonly previousStatus?: MessageStatus;
  /** What the message is in now, when this is read; null once it is beyond its retention. */
  readonly currentStatus: MessageStatus | null;
  readonly smsState: number | null;
  /** Why it is `failed`. */
  readonly reason: string | null;
  readonly metadata: Record<string, unknown> | null;
}

/** A spend cap that has reached a threshold. */
export class SpendCapEventData {
  readonly period: CapPeriod;
  /** Hundredths of the cap: 50, 80 or 100. */
  readonly threshold: number;
  /** The cap, as it was then. */
  readonly amount: MoneyJson;
  readonly used: MoneyJson;
  /** First day of the period, in the cap's time zone. */
  readonly startsOn: string;
  readonly renewsAt: string;
}

/** An event about a spend cap (docs/caps.md): told once for each cap, period and threshold. */
export class SpendCapEventView {
  readonly sequence: number;
  readonly type: 'spend_cap.reached';
  readonly at: string;
  /** Null: it is beyond its retention. */
  readonly cap: SpendCapEventData | null;
}

/** Any event. */
export type AnyEventView = EventView | SpendCapEventView;

/** How events are shown. */
export interface ShownHow {
  readonly clearNumbers: boolean;
  /** Business time, milliseconds. */
  readonly now: number;
}

/** @param message undefined once it is beyond its retention */
export function eventView(change: NumberedChange, message: EventMessageRow | undefined, how: ShownHow): EventView {
  const { previous } = change;
  return {
    sequence: change.sequence,
    type: eventTypeOf(change.status, previous),
    at: new Date(change.at).toISOString(),
    messageId: messageId(change.submissionId, change.ordinal),
    submissionId: change.submissionId,
    to: message === undefined ? null : numberOf(message, how.clearNumbers),
    status: toldStatusOf(change.status),
    ...(previous === null ? {} : { previousStatus: toldStatusOf(previous) }),
    currentStatus: message === undefined ? null : currentStatus(message, how.now),
    smsState: change.smsState,
    reason: change.reason === null ? null : failureReasonName(change.reason),
    metadata: message?.metadata ?? null,
  };
}

/** @param warning undefined once it is beyond its retention */
export function spendCapEventView(change: NumberedChange, warning: SpendWarningRow | undefined): SpendCapEventView {
  const { sequence, at } = change;
  const view = { sequence, type: 'spend_cap.reached' as const, at: new Date(at).toISOString() };
  if (warning === undefined) return { ...view, cap: null };
  const shown = (amount: string) => toMoneyJson(money(parseAmount(amount), warning.currency as Currency));
  const cap = {
    period: warning.period === CAP_PERIODS.daily ? ('daily' as const) : ('monthly' as const),
    threshold: warning.threshold,
    amount: shown(warning.amount),
    used: shown(warning.used),
    startsOn: warning.starts_on,
    renewsAt: warning.renews_at.toISOString(),
  };
  return { ...view, cap };
}

function numberOf({ country_code: country, msisdn }: EventMessageRow, clear: boolean): string | null {
  if (msisdn === null) return null;
  const number = `+${country}${msisdn}`;
  return clear ? number : maskNumber(number);
}

function currentStatus(row: EventMessageRow, now: number): MessageStatus {
  const { packet_sending: sending, packet_due_at: dueAt } = row;
  const packet =
    sending === null || dueAt === null
      ? undefined
      : {
          sending,
          tries: row.packet_tries ?? 0,
          dueAt: dueAt.getTime(),
          claimedAt: row.packet_claimed_at?.getTime(),
        };
  return shownStatus(row.status, packet, now);
}
