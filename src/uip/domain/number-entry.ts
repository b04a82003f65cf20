import { isDigits, isUint, type WireObject } from './members.js';

/** Longest DEST_MSISDN, in digits (protocol.md 3). */
export const MAX_MSISDN_DIGITS = 32;

/** A number as the platform reads it from an entry of MULTI_MSISDN_LIST. */
export interface NumberEntry {
  readonly kind: 'number';
  readonly countryCode: number;
  /** National number, 1..32 digits. */
  readonly msisdn: string;
}

/** An entry with a number-level fault: it fails that number alone, with Invalid_parameter (protocol.md 3). */
export interface NumberFault {
  readonly kind: 'fault';
  readonly member: 'COUNTRY_CODE' | 'DEST_MSISDN';
  readonly rule: string;
}

/**
 * Reads the shape of one entry of MULTI_MSISDN_LIST: COUNTRY_CODE an unsigned integer of 4 bytes, then DEST_MSISDN a text of
 * 1..32 digits. Whether the code is assigned and the number possible there is judged elsewhere; protocol.md 4 puts an
 * unassigned COUNTRY_CODE before a faulty DEST_MSISDN, and both are Invalid_parameter.
 */
export function readNumberEntry(entry: WireObject): NumberEntry | NumberFault {
  const { COUNTRY_CODE: countryCode, DEST_MSISDN: msisdn } = entry;
  if (!isUint(countryCode)) return fault('COUNTRY_CODE', 'must be an unsigned integer of 4 bytes');
  if (typeof msisdn !== 'string' || msisdn.length > MAX_MSISDN_DIGITS || !isDigits(msisdn)) {
    return fault('DEST_MSISDN', `must be a text of 1 to ${MAX_MSISDN_DIGITS} digits`);
  }
  return { kind: 'number', countryCode, msisdn };
}

function fault(member: NumberFault['member'], rule: string): NumberFault {
  return { kind: 'fault', member, rule };
}
