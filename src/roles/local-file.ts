import fs from 'node:fs';
import path from 'node:path';

import { sandboxApiKey } from '../apps/api-key.js';
import type { Config } from '../config/config.js';
import { platformAdminKey } from '../config/platform-admin-key.js';
import { readIfExists, writePrivateFile } from '../config/private-file.js';
import type { Prepared } from './prepare.js';

/** What `DATA_DIR/local.json` tells scripts (contract.md 3); what this process does not have is absent. */
export interface LocalFile {
  readonly apiUrl?: string;
  readonly platformAdminUrl?: string;
  readonly callbackUrl?: string;
  readonly platformUrl?: string;
  readonly apiKey: string;
  readonly platformAdminKey: string;
  readonly authKey?: string;
  readonly routeId?: string;
  readonly tls?: { readonly ca: string; readonly cert: string; readonly key: string };
}

const fileOf = (config: Config): string => path.join(config.dataDir, 'local.json');

/** A worker listens nowhere: it has nothing to tell, and leaves the file to the process that has. */
const tells = ({ sandbox, roles }: Config): boolean => sandbox && [...roles].some((role) => role !== 'worker');

/** Removes what an earlier process told: from here until all roles are ready there is no such file. */
export function removeLocalFile(config: Config): void {
  if (tells(config)) fs.rmSync(fileOf(config), { force: true });
}

/** What a sandbox process tells scripts once its roles run. */
export function describeLocally({ runtime, account, scriptTls }: Prepared): LocalFile {
  const { config, secrets, addresses } = runtime;
  const authKey = config.uip.authKey ?? account?.authKey ?? (account && secrets.sandboxAuthKey(account.name));
  return {
    ...addresses,
    apiKey: sandboxApiKey(secrets),
    platformAdminKey: platformAdminKey(config, secrets),
    ...(authKey === undefined ? {} : { authKey }),
    ...(account?.routes[0] === undefined ? {} : { routeId: account.routes[0].id }),
    ...(scriptTls === undefined ? {} : { tls: scriptTls }),
  };
}

/**
 * Writes the file in one move, readable by this user alone; never in production.
 * @returns a function that removes it again, unless another process has written its own meanwhile
 */
export function writeLocalFile(prepared: Prepared): () => void {
  const { config } = prepared.runtime;
  if (!tells(config)) return () => undefined;
  const file = fileOf(config);
  const content = `${JSON.stringify(describeLocally(prepared), undefined, 2)}\n`;
  writePrivateFile(file, content);
  return () => {
    if (readIfExists(file) === content) fs.rmSync(file, { force: true });
  };
}
