/** ORIGINAL_ADDR, the sender ID that the handset shows (protocol.md 3). */

/** Most characters of a sender ID; they are ASCII, so bytes too. */
export const MAX_SENDER_LENGTH = 32;

const PRINTABLE_ASCII = /^[\x20-\x7e]{1,32}$/;
const NUMERIC = /^[0-9]{1,32}$/;

/** The rule of `isSenderId`, as a sentence for whoever breaks it. */
export const SENDER_RULE = `must be 1 to ${MAX_SENDER_LENGTH} printable ASCII characters`;

/** Whether a text can be a sender ID: 1 to 32 printable ASCII characters, 0x20..0x7E. An empty one is absent: the caller's case. */
export function isSenderId(text: string): boolean {
  return PRINTABLE_ASCII.test(text);
}

/** Whether a sender ID is numeric, as South Korea and CMHK want it: digits only, no `+`. */
export function isNumericSenderId(text: string): boolean {
  return NUMERIC.test(text);
}
