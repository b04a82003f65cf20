import { isDigits, isWireObject, lenientUint } from './members.js';
import { MAX_MSISDN_DIGITS } from './number-entry.js';

/** One entry of SMS_RESULT_LIST as the gateway reads it (protocol.md 7). */
export interface ReportEntry {
  readonly kind: 'report';
  readonly countryCode: number;
  readonly msisdn: string;
  /** As it came, also when the table does not have it. */
  readonly state: number;
  /** Free text, `undefined` where there is none; only the state counts. */
  readonly description: string | undefined;
}

/** An entry that can't be read; the others of its packet are judged alone. */
export interface ReportEntryFault {
  readonly kind: 'fault';
  readonly member: 'SMS_RESULT_LIST' | 'COUNTRY_CODE' | 'DEST_MSISDN' | 'SMS_STATE';
}

/**
 * Reads one entry of SMS_RESULT_LIST. Numbers may come as numeric texts, a DEST_MSISDN as a number: the gateway is lenient
 * in what it receives. RESULT_DESC never makes an entry unreadable.
 */
export function readReportEntry(entry: unknown): ReportEntry | ReportEntryFault {
  if (!isWireObject(entry)) return { kind: 'fault', member: 'SMS_RESULT_LIST' };
  const countryCode = lenientUint(entry['COUNTRY_CODE']);
  if (countryCode === undefined) return { kind: 'fault', member: 'COUNTRY_CODE' };
  const msisdn = lenientMsisdn(entry['DEST_MSISDN']);
  if (msisdn === undefined) return { kind: 'fault', member: 'DEST_MSISDN' };
  const state = lenientUint(entry['SMS_STATE']);
  if (state === undefined) return { kind: 'fault', member: 'SMS_STATE' };
  const description = entry['RESULT_DESC'];
  return {
    kind: 'report',
    countryCode,
    msisdn,
    state,
    description: typeof description === 'string' && description !== '' ? description : undefined,
  };
}

/** A DEST_MSISDN in what the gateway receives: digits, as a text (blanks around them ignored) or as a JSON number. */
export function lenientMsisdn(value: unknown): string | undefined {
  const text = typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? String(value) : value;
  if (typeof text !== 'string') return undefined;
  const trimmed = text.trim();
  return trimmed.length <= MAX_MSISDN_DIGITS && isDigits(trimmed) ? trimmed : undefined;
}
