import { costOf } from '../billing/domain/charge.js';
import { isCurrency } from '../billing/domain/currency.js';
import { add, type Money, money, type MoneyJson, parseAmount, toMoneyJson, zero } from '../billing/domain/money.js';
import type { MessageRow } from '../database/statements/message-columns.js';
import { ApplicationError } from '../errors.js';
import { SmsState } from '../uip/domain/sms-state.js';
import { type Encoding, encodingOf } from './domain/encoding.js';
import { failureReasonName } from './domain/failure-reason.js';
import type { MessageEvent } from './domain/message-events.js';
import { messageId } from './domain/message-id.js';
import type { MessageStatus } from './domain/message-status.js';
import { shownStatus, type WaitingPacket } from './domain/shown-status.js';

/** A message as REST shows it (contract.md 4). Times are UTC, ISO-8601. */
export class MessageView {
  readonly id: string;
  readonly submissionId: string;
  /** E.164; null once retention has taken the number. */
  readonly to: string | null;
  /** Sender ID; null: the provider account's default. */
  readonly from: string | null;
  readonly route: string;
  readonly status: MessageStatus;
  /** Why it is `failed`. */
  readonly reason: string | null;
  readonly smsUid: string | null;
  /** SMS_STATE of highest precedence, as it came. */
  readonly smsState: number | null;
  readonly encoding: Encoding;
  readonly segments: number;
  /** Per segment. */
  readonly price: MoneyJson;
  /** Price × segments of each acceptance that is charged; zero for what is not. */
  readonly cost: MoneyJson;
  /** Acceptances beyond the first: the SMS was sent once more for `onDoubt: "resend"`, and both times went through. */
  readonly furtherAcceptances: AcceptanceView[];
  readonly metadata: Record<string, unknown> | null;
  readonly createdAt: string;
  readonly sendAt: string;
  readonly validUntil: string;
  /** Since when it has this status, where that is stored. */
  readonly statusAt: string | null;
}

/** A further acceptance, which is charged by its own state. */
export class AcceptanceView {
  readonly smsUid: string | null;
  readonly smsState: number | null;
  readonly cost: MoneyJson;
}

/** One message with all that it went through. */
export class MessageDetailsView extends MessageView {
  readonly events: MessageEventView[];
}

/** A status that a message went through. */
export class MessageEventView {
  readonly at: string;
  readonly status: MessageStatus;
  readonly smsState?: number;
  readonly correction?: true;
}

/** The packet that a message waits in, if any. */
export function packetOfRow(row: MessageRow): WaitingPacket | undefined {
  if (row.packet_sending === null || row.packet_due_at === null) return undefined;
  return {
    sending: row.packet_sending,
    tries: row.packet_tries ?? 0,
    dueAt: row.packet_due_at.getTime(),
    claimedAt: row.packet_claimed_at?.getTime(),
  };
}

/** @param now business time, milliseconds */
export function messageView(row: MessageRow, now: number): MessageView {
  const status = shownStatus(row.status, packetOfRow(row), now);
  return {
    id: messageId(row.submission_id, row.ordinal),
    submissionId: row.submission_id,
    to: row.msisdn === null ? null : `+${row.country_code}${row.msisdn}`,
    from: row.sender,
    route: row.route,
    status,
    reason: status === 'failed' && row.reason !== null ? failureReasonName(row.reason) : null,
    smsUid: row.sms_uid,
    smsState: row.sms_state,
    encoding: encodingOf(row.encoding) ?? 'ucs2',
    segments: row.segments,
    ...amounts(row, status),
    metadata: row.metadata,
    createdAt: row.created_at.toISOString(),
    sendAt: row.due_at.toISOString(),
    validUntil: row.valid_until.toISOString(),
    statusAt: row.status_at?.toISOString() ?? null,
  };
}

/** An event with its time as text. */
export function eventView({ at, ...event }: MessageEvent): MessageEventView {
  return { at: new Date(at).toISOString(), ...event };
}

/** What never reached the platform, or was refused by it, costs nothing (protocol.md 9). */
function amounts(row: MessageRow, status: MessageStatus): Pick<MessageView, 'price' | 'cost' | 'furtherAcceptances'> {
  const currency = row.currency;
  if (!isCurrency(currency))
    throw new ApplicationError('internal', 'unknown_currency', `A price has the currency ${currency}.`);
  const price = money(parseAmount(row.per_segment), currency);
  const costIn = (smsState: number | null): Money =>
    smsState === SmsState.LOCAL_REJECTED ? zero(currency) : costOf(price, row.segments);
  const further = (row.further ?? []).map(({ sms_uid: smsUid, sms_state: smsState }) => ({
    smsUid,
    smsState,
    cost: costIn(smsState),
  }));
  const isFree = status === 'failed' || status === 'cancelled';
  const own = isFree ? zero(currency) : costIn(row.sms_state);
  return {
    price: toMoneyJson(price),
    cost: toMoneyJson(further.reduce((sum, { cost }) => add(sum, cost), own)),
    furtherAcceptances: further.map((acceptance) => ({ ...acceptance, cost: toMoneyJson(acceptance.cost) })),
  };
}
