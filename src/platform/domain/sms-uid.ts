import { hexByte } from '../../uuid.js';

/**
 * SMS_UID: the id of the packet (a UUIDv7 whose last 32 bits are zero) with the number's place in the list in those bits, as
 * 32 upper-case hexadecimal digits. Time-ordered, and one key serves packet and SMS.
 */
const HEAD_LENGTH = 24;
const UID = /^[0-9A-F]{12}7[0-9A-F]{3}[89AB][0-9A-F]{7}[0-9A-F]{8}$/;
const MAX_ORDINAL = 0x7fff;

/** An SMS_UID taken apart. */
export interface SmsKey {
  /** UUID in lower case. */
  readonly packetId: string;
  /** Place in the list, from 1. */
  readonly ordinal: number;
}

/** The SMS_UIDs of a packet's numbers 1..count, in their order. */
export function smsUids(packetId: string, count: number): string[] {
  const head = headOf(packetId);
  return Array.from({ length: count }, (_, index) => head + ordinalDigits(index + 1));
}

/** The SMS_UID of one number of a packet. */
export function smsUid(packetId: string, ordinal: number): string {
  return headOf(packetId) + ordinalDigits(ordinal);
}

/** Reads an SMS_UID that we have issued; `undefined` for one that we can't have. */
export function parseSmsUid(text: string): SmsKey | undefined {
  const uid = text.toUpperCase();
  if (!UID.test(uid)) return undefined;
  const ordinal = Number.parseInt(uid.slice(HEAD_LENGTH), 16);
  if (ordinal === 0 || ordinal > MAX_ORDINAL) return undefined;
  const hex = `${uid.slice(0, HEAD_LENGTH).toLowerCase()}00000000`;
  const packetId = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  return { packetId, ordinal };
}

function headOf(packetId: string): string {
  return packetId.replaceAll('-', '').slice(0, HEAD_LENGTH).toUpperCase();
}

function ordinalDigits(ordinal: number): string {
  return `0000${hexByte(ordinal >>> 8)}${hexByte(ordinal)}`.toUpperCase();
}
