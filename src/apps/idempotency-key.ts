import { hash } from 'node:crypto';

import { ApplicationError } from '../errors.js';

const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;

/** What a request says about its repetitions: the header Idempotency-Key, and what tells it from another request. */
export interface Idempotency {
  readonly key: string;
  /** SHA-256. */
  readonly fingerprint: Buffer;
}

/**
 * Reads the header `Idempotency-Key`.
 * @param parts what makes two requests the same, JSON values
 * @returns undefined for a request without the header
 * @throws ApplicationError `invalid_idempotency_key` (malformed)
 */
export function readIdempotency(header: string | undefined, ...parts: readonly unknown[]): Idempotency | undefined {
  if (header === undefined) return undefined;
  if (!IDEMPOTENCY_KEY.test(header)) {
    const rule = 'must be 1 to 255 printable ASCII characters without blanks';
    throw new ApplicationError('malformed', 'invalid_idempotency_key', `Idempotency-Key ${rule}.`, {
      faults: [{ field: 'Idempotency-Key', rule }],
    });
  }
  const text = parts.map((part) => JSON.stringify(part) ?? '').join('');
  return { key: header, fingerprint: hash('sha256', text, 'buffer') };
}

/** The first request of this key has not ended. */
export class IdempotencyKeyInUseError extends ApplicationError {
  constructor() {
    super('conflict', 'idempotency_key_in_use', 'A request with this Idempotency-Key is being processed.', {
      retryAfter: 1,
    });
  }
}

/** The key belongs to another request. */
export class IdempotencyKeyReusedError extends ApplicationError {
  constructor() {
    super('rule', 'idempotency_key_reused', 'This Idempotency-Key was used with another request in the last 24 hours.');
  }
}
