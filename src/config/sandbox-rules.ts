import { ValidateBy } from 'class-validator';

import { parseAmount } from '../billing/domain/money.js';
import { parseDuration } from './config.js';
import { isAddressRange } from './environment.js';

/** A rule of ours for class-validator: a test, and the sentence that says what it wants. */
function rule(name: string, test: (value: unknown) => boolean, message: string): () => PropertyDecorator {
  return () => ValidateBy({ name, validator: { validate: test, defaultMessage: () => `$property ${message}` } });
}

/** Milliseconds of an integer with `ms`, `s`, `m` or `h` (contract.md 6); undefined for anything else. */
export function parseSandboxDuration(value: unknown): number | undefined {
  return typeof value === 'string' && /^\d{1,9}(ms|s|m|h)$/.test(value) ? parseDuration(value) : undefined;
}

function isAmount(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  try {
    return parseAmount(value) >= 0n;
  } catch {
    return false;
  }
}

function isCallbackUrl(value: unknown): boolean {
  if (typeof value !== 'string' || !URL.canParse(value)) return false;
  const { protocol, username, password } = new URL(value);
  return (protocol === 'https:' || protocol === 'http:') && username === '' && password === '';
}

function isFingerprint(value: unknown): boolean {
  return typeof value === 'string' && /^([0-9a-f]{2}:?){31}[0-9a-f]{2}$/i.test(value);
}

/** A decimal string, not negative: at most 12 digits, then at most 8 after a point. */
export const IsAmount = rule('isAmount', isAmount, 'must be a decimal string such as "0.35", not negative');
/** `500ms`, `5s`, `2m`, `25h`. */
export const IsSandboxDuration = rule(
  'isSandboxDuration',
  (value) => parseSandboxDuration(value) !== undefined,
  'must be an integer with ms, s, m or h, such as "5s"',
);
/** Where reports are pushed to; whether `http:` is allowed depends on where we run. */
export const IsCallbackUrl = rule('isCallbackUrl', isCallbackUrl, 'must be an https: URL without user and password');
/** SHA-256 fingerprints of certificates: 64 hexadecimal digits each, with or without colons. */
export const IsFingerprints = rule(
  'isFingerprints',
  (value) => Array.isArray(value) && value.every(isFingerprint),
  'must be a list of SHA-256 fingerprints: 64 hexadecimal digits each',
);
/** IP addresses and CIDR ranges. */
export const IsAllowedAddresses = rule(
  'isAllowedAddresses',
  (value) => Array.isArray(value) && value.every(isAddressRange),
  'must be a list of IP addresses or CIDR ranges',
);
/** `*`, `*0003`, `85267000011`: digits and stars. */
export const IsNumberPattern = rule(
  'isNumberPattern',
  (value) => typeof value === 'string' && /^[\d*]{1,64}$/.test(value),
  'must consist of digits and *',
);
