import { randomBytes } from 'node:crypto';
import type { EntityManager } from 'typeorm';

import { ApplicationError } from '../../errors.js';
import { CustomerAccount } from '../accounts/customer-account.entity.js';
import { FormerAuthKey } from '../accounts/former-auth-key.entity.js';

/** A new AUTH_KEY: 88 characters, base64 of 64 bytes (protocol.md 3). */
export function newAuthKey(): string {
  return randomBytes(64).toString('base64');
}

/** @throws ApplicationError `auth_key_taken` (conflict): an AUTH_KEY names one account */
export async function assertUnusedKey(manager: EntityManager, digest: Buffer): Promise<void> {
  const taken =
    (await manager.existsBy(CustomerAccount, { authKeyDigest: digest })) ||
    (await manager.existsBy(FormerAuthKey, { digest }));
  if (taken) throw new ApplicationError('conflict', 'auth_key_taken', 'This AUTH_KEY belongs to an account already.');
}
