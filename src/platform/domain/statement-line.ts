import { type Currency, minorUnitDigits } from '../../billing/domain/currency.js';
import { formatAmount } from '../../billing/domain/money.js';
import { formatUipTime } from '../../uip/domain/uip-time.js';

/** The first line of a statement. */
export const STATEMENT_HEADER = 'sms_uid,accepted_at,country_code,msisdn,segments,unit_price,amount,currency,state';

/** An SMS in a statement. */
export interface StatementSms {
  readonly smsUid: string;
  /** Business time, ms. */
  readonly acceptedAt: number;
  readonly countryCode: number;
  readonly msisdn: string;
  readonly segments: number;
  /** 10^-8 of the currency unit. */
  readonly perSegment: bigint;
  /** LOCAL_REJECTED SMS are not. */
  readonly charged: boolean;
  /** SMS_STATE; undefined: nothing is known yet. */
  readonly state: number | undefined;
}

/**
 * A line of a statement: times in UTC+8, amounts as exact decimals with at least the minor unit's digits, SMS_STATE as on the
 * wire. Every field is a number, a time or a code of ours: nothing needs quotes, and no spreadsheet takes it for a formula.
 */
export function statementLine(sms: StatementSms, currency: Currency): string {
  const digits = minorUnitDigits(currency);
  const amount = sms.charged ? sms.perSegment * BigInt(sms.segments) : 0n;
  return [
    sms.smsUid,
    formatUipTime(sms.acceptedAt),
    sms.countryCode,
    sms.msisdn,
    sms.segments,
    formatAmount(sms.perSegment, digits),
    formatAmount(amount, digits),
    currency,
    sms.state ?? '',
  ].join(',');
}
