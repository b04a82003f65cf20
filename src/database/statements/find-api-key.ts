import type { Scope } from '../../apps/api-key.entity.js';
import type { StatementRunner } from '../database.js';
import { statement } from '../statement.js';

/** What a valid key stands for. */
export interface FoundApiKey {
  readonly keyId: string;
  readonly appId: number;
  readonly scopes: Scope[];
}

const FIND = statement<FoundApiKey>(
  'find_api_key',
  `select id as "keyId", app_id as "appId", scopes from api_key
   where digest = $1 and revoked_at is null and (expires_at is null or expires_at > now())`,
);

/** The key of this digest, unless it is unknown, revoked or has expired (by the database's clock). */
export async function findApiKey(runner: StatementRunner, digest: Buffer): Promise<FoundApiKey | undefined> {
  const [row] = await runner.run(FIND, [digest]);
  return row;
}
