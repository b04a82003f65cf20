import { ApplicationError } from './errors.js';

/**
 * UUIDs of version 7 (RFC 9562, 5.7) as text: 48 bits of Unix milliseconds, version, 12 random bits, variant, 62 random bits.
 * Text, lower case, sorts as PostgreSQL sorts the type `uuid`. Pure: time and chance are arguments.
 */

/** Random bytes that `uuidv7` takes: 74 of their 80 bits are used. */
export const UUID_RANDOM_BYTES = 10;

/** One past the last millisecond that a UUIDv7 can hold. */
const TIME_LIMIT = 2 ** 48;

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const CANONICAL = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** A byte as two lower-case hexadecimal digits. */
export function hexByte(byte: number): string {
  return HEX[byte & 0xff];
}

/**
 * Makes a UUIDv7.
 *
 * @param nowMs Unix time in milliseconds, an integer
 * @param random at least `UUID_RANDOM_BYTES` random bytes from `offset` on; of a secure source where the id must not be guessed
 * @param offset where in `random` to begin, so that one large draw serves many ids
 * @throws ApplicationError `internal`/`bad_argument` for a time outside 0..2^48-1 or too few random bytes
 */
export function uuidv7(nowMs: number, random: Uint8Array, offset = 0): string {
  if (random.length - offset < UUID_RANDOM_BYTES)
    throw new ApplicationError('internal', 'bad_argument', `A UUIDv7 takes ${UUID_RANDOM_BYTES} random bytes.`);
  return (
    uuidv7Head(nowMs, random, offset) +
    HEX[random[offset + 6]] +
    HEX[random[offset + 7]] +
    HEX[random[offset + 8]] +
    HEX[random[offset + 9]]
  );
}

/**
 * The first 28 characters of a UUIDv7, all but its last 32 bits, from 6 random bytes (42 of their bits are used): for ids
 * whose end says something else. Same errors as `uuidv7`.
 */
export function uuidv7Head(nowMs: number, random: Uint8Array, offset = 0): string {
  if (random.length - offset < 6)
    throw new ApplicationError('internal', 'bad_argument', 'The head of a UUIDv7 takes 6 random bytes.');
  return (
    timeDigits(nowMs) +
    '-' +
    HEX[0x70 | (random[offset] & 0x0f)] +
    HEX[random[offset + 1]] +
    '-' +
    HEX[0x80 | (random[offset + 2] & 0x3f)] +
    HEX[random[offset + 3]] +
    '-' +
    HEX[random[offset + 4]] +
    HEX[random[offset + 5]]
  );
}

/**
 * The lowest UUIDv7 of a millisecond: none made at `ms` or later is below it, every earlier one is. For partition bounds and
 * ranges of ids. Same errors as `uuidv7`.
 */
export function lowestUuidv7(ms: number): string {
  return `${timeDigits(ms)}-7000-8000-000000000000`;
}

/** The Unix milliseconds in a canonical UUIDv7. */
export function uuidTime(uuid: string): number {
  return Number.parseInt(uuid.slice(0, 8), 16) * 0x1_0000 + Number.parseInt(uuid.slice(9, 13), 16);
}

/** An id that came from outside: the same UUID in lower case, or `undefined` when it is not a UUID in its usual form. */
export function parseUuid(text: string): string | undefined {
  if (text.length !== 36) return undefined;
  const lower = text.toLowerCase();
  return CANONICAL.test(lower) ? lower : undefined;
}

/** True of a canonical (lower-case) UUID of version 7. */
export function isUuidv7(uuid: string): boolean {
  return CANONICAL.test(uuid) && uuid[14] === '7' && '89ab'.includes(uuid[19]);
}

function timeDigits(ms: number): string {
  if (!Number.isInteger(ms) || ms < 0 || ms >= TIME_LIMIT)
    throw new ApplicationError('internal', 'bad_argument', 'The time of a UUIDv7 is an integer of 48 bits.');
  const digits = ms.toString(16).padStart(12, '0');
  return `${digits.slice(0, 8)}-${digits.slice(8)}`;
}
