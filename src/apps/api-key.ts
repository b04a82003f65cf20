import { randomBytes } from 'node:crypto';

import type { Secrets } from '../config/secrets.js';

/** Tells a key of ours apart from other secrets, for those who look for leaked ones. */
const PREFIX = 'csk_';

/** A new key: 256 bits of chance. Only its digest is ever stored. */
export function newApiKey(): string {
  return PREFIX + randomBytes(32).toString('base64url');
}

/** The key of the sandbox's own app: the same in every process, stored nowhere. */
export function sandboxApiKey(secrets: Secrets): string {
  return PREFIX + secrets.sandboxKey('api key');
}
