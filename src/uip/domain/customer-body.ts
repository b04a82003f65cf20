import { isAbsent, isWireObject } from './members.js';

/** What a report's CUSTOMER_BODY says about where it belongs (design.md 3, correlation). */
export type Correlation =
  { readonly kind: 'absent' } | { readonly kind: 'ours'; readonly attemptId: string } | { readonly kind: 'foreign' };

/** CUSTOMER_BODY as the gateway writes it: the attempt's UUID in 22 base64url characters. */
export interface AttemptBody {
  readonly a: string;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** 22 characters carry 132 bits, of which the last four are zero in what we write. */
const SHORT = /^[A-Za-z0-9_-]{21}[AQgw]$/;
const LONGEST_TEXT = 64;

const ABSENT: Correlation = { kind: 'absent' };
const FOREIGN: Correlation = { kind: 'foreign' };

/**
 * The CUSTOMER_BODY of an attempt: `{"a":"<22 characters>"}`.
 *
 * @param attemptId UUID in its canonical form (lower case, with hyphens)
 * @throws RangeError for anything else: a defect of the caller, since a body that can't be read back loses its report
 */
export function attemptBody(attemptId: string): AttemptBody {
  if (!UUID.test(attemptId)) throw new RangeError('an attempt id is a UUID in lower case');
  return { a: Buffer.from(attemptId.replaceAll('-', ''), 'hex').toString('base64url') };
}

/**
 * Reads CUSTOMER_BODY of a report, an object or (as some systems hand it back) its JSON text.
 *
 * @returns `absent` for nothing or nothing in it, `ours` for exactly what `attemptBody` writes, `foreign` for the rest
 */
export function parseCustomerBody(value: unknown): Correlation {
  if (isAbsent(value)) return ABSENT;
  const body = typeof value === 'string' ? parseText(value) : value;
  if (!isWireObject(body)) return FOREIGN;
  const names = Object.keys(body);
  if (names.length === 0) return ABSENT;
  const short = body['a'];
  if (names.length !== 1 || typeof short !== 'string' || !SHORT.test(short)) return FOREIGN;
  const hex = Buffer.from(short, 'base64url').toString('hex');
  return {
    kind: 'ours',
    attemptId: `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`,
  };
}

function parseText(text: string): unknown {
  if (text.length > LONGEST_TEXT) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
