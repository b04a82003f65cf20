import type { Scope } from '../../apps/scope.js';
import type { StatementRunner } from '../database.js';
import { statement } from '../statement.js';

/** What a valid key stands for: app, scopes, and what the app may do (`AppPolicy`). */
export interface FoundApiKey {
  readonly keyId: string;
  readonly appId: number;
  readonly scopes: Scope[];
  readonly strictNumbers: boolean;
  readonly strictSenders: boolean;
  readonly allowedRoutes: string[];
  readonly allowedSenders: string[];
  readonly registeredCountries: number[];
  readonly requestsPerSecond: number | null;
  readonly smsPerSecond: number | null;
}

const FIND = statement<FoundApiKey>(
  'find_api_key',
  `select k.id as "keyId", k.app_id as "appId", k.scopes, a.strict_numbers as "strictNumbers",
     a.strict_senders as "strictSenders", a.allowed_routes as "allowedRoutes", a.allowed_senders as "allowedSenders",
     a.registered_countries as "registeredCountries", a.requests_per_second as "requestsPerSecond",
     a.sms_per_second as "smsPerSecond"
   from api_key k join app a on a.id = k.app_id
   where k.digest = $1 and k.revoked_at is null and (k.expires_at is null or k.expires_at > $2)`,
);

/**
 * The key of this digest, unless it is unknown, revoked or has expired.
 * @param now business time, milliseconds
 */
export async function findApiKey(
  runner: StatementRunner,
  digest: Buffer,
  now: number,
): Promise<FoundApiKey | undefined> {
  const [row] = await runner.run(FIND, [digest, new Date(now)]);
  return row;
}
