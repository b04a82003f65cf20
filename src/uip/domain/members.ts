/** A packet, or an object inside one, as it came off the wire. */
export type WireObject = Readonly<Record<string, unknown>>;

/** Largest unsigned integer of 4 bytes. */
export const MAX_UINT = 0xffff_ffff;

const PRINTABLE = /^[\x20-\x7e]*$/;
const UNPRINTABLE = /[^\x20-\x7e]/g;
const DIGITS = /^\d+$/;
const DECIMAL_TEXT = /^ *\d{1,10} *$/;

/** Whether a value is a JSON object (not null, not an array). */
export function isWireObject(value: unknown): value is WireObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** "Absent" as the protocol means it: missing, null or empty (an empty text or list). */
export function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

/** The value, or `undefined` where it is absent. */
export function presentOr(value: unknown): unknown {
  return isAbsent(value) ? undefined : value;
}

/** Whether a value is an unsigned integer of 4 bytes; a numeric text is not. */
export function isUint(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_UINT;
}

/**
 * An unsigned integer as the gateway reads it in what it receives: a JSON number, or a text of decimal digits
 * (protocol.md 2).
 */
export function lenientUint(value: unknown): number | undefined {
  if (isUint(value)) return value;
  if (typeof value !== 'string' || !DECIMAL_TEXT.test(value)) return undefined;
  const number = Number(value);
  return number <= MAX_UINT ? number : undefined;
}

/** Whether a text is printable ASCII, 0x20..0x7E, throughout. */
export function isPrintableAscii(text: string): boolean {
  return PRINTABLE.test(text);
}

/** Whether a text is decimal digits, at least one. */
export function isDigits(text: string): boolean {
  return DIGITS.test(text);
}

/** Whether a text takes at most so many bytes in UTF-8. */
export function fitsBytes(text: string, limit: number): boolean {
  // No UTF-16 code unit takes less than one byte of UTF-8 or more than three: most texts are decided without counting.
  return text.length <= limit && (text.length * 3 <= limit || Buffer.byteLength(text) <= limit);
}

/** A text as RESULT_DESC may carry it: printable ASCII, everything else as `?`, cut to so many characters. */
export function toPrintable(text: string, limit: number): string {
  const cut = text.length > limit ? text.slice(0, limit) : text;
  return PRINTABLE.test(cut) ? cut : cut.replace(UNPRINTABLE, '?');
}

/** One object instead of a list is read as a list of one (protocol.md 3, 7); anything else is left as it came. */
export function listOfOne(value: unknown): unknown {
  return isWireObject(value) ? [value] : value;
}
