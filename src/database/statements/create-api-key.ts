import type { Scope } from '../../apps/api-key.entity.js';
import type { StatementRunner } from '../database.js';
import { statement } from '../statement.js';

/** A key as it is stored; the key itself is not. */
export interface NewApiKey {
  readonly id: string;
  readonly app: string;
  readonly name: string;
  readonly digest: Buffer;
  readonly scopes: readonly Scope[];
}

const CREATE_APP = statement<object>(
  'create_app',
  // The second guard is for two who create the same app in the same moment; the first spares the identity column.
  `insert into app (name) select $1 where not exists (select from app where name = $1) on conflict (name) do nothing`,
);

const CREATE_KEY = statement<object>(
  'create_api_key',
  `insert into api_key (id, app_id, name, digest, scopes)
   select $2::uuid, id, $3, $4, $5::text[] from app where name = $1
   on conflict (digest) do update set scopes = excluded.scopes`,
);

/** Stores a key, and its app where there is none of that name. A key that exists already gets these scopes. */
export async function createApiKey(runner: StatementRunner, key: NewApiKey): Promise<void> {
  await runner.run(CREATE_APP, [key.app]);
  await runner.run(CREATE_KEY, [key.app, key.id, key.name, key.digest, key.scopes]);
}
