import { ApplicationError } from '../../errors.js';
import { hexByte, isUuidv7, parseUuid, uuidv7Head } from '../../uuid.js';

/**
 * Ids of submissions and messages (design.md 5). A submission's id is a UUIDv7 whose last 32 bits are zero; the id of its n-th
 * message is the same UUID with n in those bits. So one key serves both, and a message id tells its submission.
 *
 * What is left of chance is 42 bits a millisecond: enough that a clash is a rare failed insert, not enough to be a secret.
 */

/** Characters of an id before its last 32 bits. */
const HEAD_LENGTH = 28;
const NO_ORDINAL = '00000000';

/** Highest ordinal of a message in its submission: what PostgreSQL's `integer` holds. */
export const MAX_ORDINAL = 0x7fff_ffff;

/** A message id taken apart. */
export interface MessageKey {
  readonly submissionId: string;
  /** Place in the submission's `to`, from 1. */
  readonly ordinal: number;
}

/**
 * Makes the id of a submission.
 *
 * @param nowMs Unix time in milliseconds, of the real clock (design.md 6)
 * @param random 6 random bytes from `offset` on
 * @throws ApplicationError `internal`/`bad_argument` for a time outside 48 bits or too few random bytes
 */
export function newSubmissionId(nowMs: number, random: Uint8Array, offset = 0): string {
  return uuidv7Head(nowMs, random, offset) + NO_ORDINAL;
}

/**
 * The id of one message of a submission.
 *
 * @throws ApplicationError `internal`/`bad_argument` for an ordinal outside 1..2^31-1
 */
export function messageId(submissionId: string, ordinal: number): string {
  checkOrdinals(ordinal, ordinal);
  return submissionId.slice(0, HEAD_LENGTH) + upperDigits(ordinal) + hexByte(ordinal);
}

/**
 * The ids of `count` consecutive messages of a submission, from `firstOrdinal` on: one concatenation each.
 *
 * @throws ApplicationError `internal`/`bad_argument` for an ordinal outside 1..2^31-1
 */
export function messageIds(submissionId: string, count: number, firstOrdinal = 1): string[] {
  const ids: string[] = [];
  if (count === 0) return ids;
  const lastOrdinal = firstOrdinal + count - 1;
  checkOrdinals(firstOrdinal, lastOrdinal);
  const head = submissionId.slice(0, HEAD_LENGTH);
  let prefix = head + upperDigits(firstOrdinal);
  for (let ordinal = firstOrdinal; ordinal <= lastOrdinal; ordinal++) {
    if ((ordinal & 0xff) === 0) prefix = head + upperDigits(ordinal);
    ids.push(prefix + hexByte(ordinal));
  }
  return ids;
}

/** The submission of a message id, and the id itself if it is a submission's. The id must be canonical. */
export function submissionIdOf(id: string): string {
  return id.slice(0, HEAD_LENGTH) + NO_ORDINAL;
}

/** The ordinal in a canonical id: 0 in a submission's own. */
export function ordinalOf(id: string): number {
  return Number.parseInt(id.slice(HEAD_LENGTH), 16);
}

/** Reads a message id that came from outside; `undefined` when no message can have it (a submission's id included). */
export function parseMessageId(text: string): MessageKey | undefined {
  const id = parseUuid(text);
  if (id === undefined || !isUuidv7(id)) return undefined;
  const ordinal = ordinalOf(id);
  return ordinal === 0 || ordinal > MAX_ORDINAL ? undefined : { submissionId: submissionIdOf(id), ordinal };
}

/** Reads a submission id that came from outside: in lower case, or `undefined` when no submission can have it. */
export function parseSubmissionId(text: string): string | undefined {
  const id = parseUuid(text);
  return id !== undefined && isUuidv7(id) && ordinalOf(id) === 0 ? id : undefined;
}

function upperDigits(ordinal: number): string {
  return hexByte(ordinal >>> 24) + hexByte(ordinal >>> 16) + hexByte(ordinal >>> 8);
}

function checkOrdinals(first: number, last: number): void {
  const valid = Number.isInteger(first) && Number.isInteger(last) && first >= 1 && last >= first && last <= MAX_ORDINAL;
  if (!valid) throw new ApplicationError('internal', 'bad_argument', 'Ordinals are integers from 1 to 2^31-1.');
}
