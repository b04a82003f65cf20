import { randomBytes } from 'node:crypto';

import type { SandboxAccount } from '../../config/sandbox-file.js';
import type { StatementRunner } from '../../database/database.js';
import { nullableArray, plainArray, textArray } from '../../database/statement.js';
import {
  ADD_PRICES,
  ADD_REGISTRATIONS,
  ADD_ROUTES,
  ADD_TO_BLACKLIST,
  CREATE_ACCOUNT,
} from '../../database/statements/platform-accounts.js';
import { UUID_RANDOM_BYTES, uuidv7 } from '../../uuid.js';

/**
 * Creates an account with its balance, products, prices, registrations and blacklist. To be run in one transaction, which
 * announces the change (`DirectoryWatch.change`).
 *
 * @param authKeyDigest `Secrets.digestKey` of its AUTH_KEY; the key itself is stored nowhere
 * @param now business time, ms: from when its prices hold
 * @returns its id, or `undefined` when the name is taken, and nothing was changed
 */
export async function createAccount(
  runner: StatementRunner,
  account: Omit<SandboxAccount, 'authKey'>,
  authKeyDigest: Buffer,
  now: number,
): Promise<number | undefined> {
  const at = new Date(now);
  const [created] = await runner.run(CREATE_ACCOUNT, [
    account.name,
    authKeyDigest,
    account.currency,
    account.defaultSenderId,
    account.ratePerSecond,
    account.queueLimit,
    textArray(account.allowedAddresses),
    textArray(account.certificateFingerprints),
    account.callbackUrl ?? null,
    account.balance,
    uuidv7(Date.now(), randomBytes(UUID_RANDOM_BYTES)),
    at,
  ]);
  if (created === undefined) return undefined;
  const { routes, prices, registrations, blacklist } = account;
  await runner.run(ADD_ROUTES, [
    created.id,
    textArray(routes.map(({ id }) => id)),
    textArray(routes.map(({ countries }) => plainArray(countries))),
  ]);
  await runner.run(ADD_PRICES, [
    created.id,
    plainArray(prices.map(({ countryCode }) => countryCode)),
    nullableArray(prices.map(({ perSegment }) => perSegment)),
    at,
  ]);
  await runner.run(ADD_REGISTRATIONS, [
    created.id,
    plainArray(registrations.map(({ countryCode }) => countryCode)),
    textArray(registrations.map(({ signature }) => signature)),
    textArray(registrations.map(({ senderId }) => senderId)),
    textArray(registrations.map(({ content }) => content)),
  ]);
  await runner.run(ADD_TO_BLACKLIST, [
    created.id,
    plainArray(blacklist.map(({ countryCode }) => countryCode)),
    plainArray(blacklist.map(({ msisdn }) => msisdn)),
  ]);
  return created.id;
}
