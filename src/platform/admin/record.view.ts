import type { Currency } from '../../billing/domain/currency.js';
import { MoneyJson, parseAmount, toMoneyJson } from '../../billing/domain/money.js';
import type { ListedSmsRow } from '../../database/statements/platform-records.js';
import { type Encoding, encodingOf } from '../../messaging/domain/encoding.js';
import { smsStateRow } from '../../uip/domain/sms-state.js';
import { LocalRejection } from '../domain/local-rejection.js';
import { smsUid } from '../domain/sms-uid.js';

/** An SMS of an account, without its text. */
export class RecordView {
  readonly smsUid: string;
  readonly acceptedAt: string;
  /** E.164. */
  readonly to: string;
  readonly from: string;
  /** ROUTE_ID; null: there is none of that name. */
  readonly route: string | null;
  readonly encoding: Encoding;
  readonly segments: number;
  /** Per segment. */
  readonly price: MoneyJson;
  readonly cost: MoneyJson;
  /** SMS_STATE and its name; null: nothing is known yet. */
  readonly state: number | null;
  readonly stateName: string | null;
  readonly stateAt: string | null;
  /** Why the platform refused it itself; null: it did not. */
  readonly rejection: 'unknown_route' | 'not_in_route' | 'singapore_number' | 'balance' | null;
}

const REJECTIONS: Readonly<Record<LocalRejection, RecordView['rejection']>> = {
  [LocalRejection.UnknownRoute]: 'unknown_route',
  [LocalRejection.NotInRoute]: 'not_in_route',
  [LocalRejection.SingaporeNumber]: 'singapore_number',
  [LocalRejection.Balance]: 'balance',
};

/** A row that stands for an SMS. */
export type SmsRow = ListedSmsRow & { packet_id: string; ordinal: number };

export function recordView(row: SmsRow, currency: Currency): RecordView {
  const perSegment = parseAmount(row.per_segment ?? '0');
  const cause = row.reject_cause as LocalRejection | null;
  return {
    smsUid: smsUid(row.packet_id, row.ordinal),
    acceptedAt: row.accepted_at.toISOString(),
    to: `+${row.country_code}${row.msisdn}`,
    from: row.sender,
    route: row.route,
    encoding: encodingOf(row.encoding) ?? 'ucs2',
    segments: row.segments,
    price: toMoneyJson({ amount: perSegment, currency }),
    cost: toMoneyJson({ amount: cause === null ? perSegment * BigInt(row.segments) : 0n, currency }),
    state: row.state,
    stateName: row.state === null ? null : smsStateRow(row.state).name,
    stateAt: row.state_at?.toISOString() ?? null,
    rejection: cause === null ? null : REJECTIONS[cause],
  };
}
