import fs from 'node:fs';
import type { Logger } from 'pino';

import type { Config, TlsFiles } from '../config/config.js';
import { readSandboxFile, type SandboxAccount } from '../config/sandbox-file.js';
import { Secrets } from '../config/secrets.js';
import { ensureSecretsKey } from '../config/secrets-key.js';
import type { Half } from '../database/data-source.js';
import { ApplicationError } from '../errors.js';
import type { Runtime } from '../runtime.js';
import { removeLocalFile } from './local-file.js';
import { openDatabases } from './databases.js';
import { seedGateway } from './seed-gateway.js';
import { prepareTls } from './tls-material.js';

/** What a process needs before its roles start. */
export interface Prepared {
  readonly runtime: Runtime;
  /** A client for scripts; undefined in production. */
  readonly scriptTls: Required<TlsFiles> | undefined;
  /** The first account of the sandbox file; undefined in production, or when it has none. */
  readonly account: SandboxAccount | undefined;
  /** Stops the embedded PostgreSQL if this process owns it. */
  close(): Promise<void>;
}

/**
 * Makes ready what the roles of this process share: keys, databases at the current schema, certificates, and what a sandbox
 * starts with. Idempotent, and safe when several processes start at once.
 *
 * @throws ConfigError, ApplicationError in lines that say what to do
 */
export async function prepare(config: Config, logger: Logger): Promise<Prepared> {
  makeDataDir(config);
  removeLocalFile(config);
  const secrets = await loadSecrets(config);
  const account = config.sandbox ? readSandboxFile(config.sandboxFile).accounts[0] : undefined;
  const tls = await prepareTls(config);
  const databases = await openDatabases(config, halvesOf(config), logger);
  try {
    if (config.sandbox && databases.urls.gateway !== undefined) {
      await seedGateway(databases.urls.gateway, secrets, account);
    }
  } catch (error) {
    await databases.close();
    throw error;
  }
  const runtime = { config, logger, secrets, tls: tls.material, databases: databases.urls, addresses: {} };
  return { runtime, scriptTls: tls.script, account, close: () => databases.close() };
}

/** The installation's keys: of `SECRETS_KEY`, or in the sandbox of a generated one. */
export async function loadSecrets(config: Config): Promise<Secrets> {
  return new Secrets(config.secretsKey ?? Buffer.from(await ensureSecretsKey(config.dataDir), 'base64'));
}

/** The sandbox keeps its data here; production keeps nothing, and needs no such directory. */
function makeDataDir(config: Config): void {
  if (!config.sandbox) return;
  try {
    fs.mkdirSync(config.dataDir, { recursive: true });
    fs.accessSync(config.dataDir, fs.constants.W_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ApplicationError(
      'unavailable',
      'data_dir_unusable',
      `DATA_DIR ${config.dataDir} can not be written to (${code}): choose another, or correct its owner`,
      { cause: error },
    );
  }
}

function halvesOf({ roles }: Config): ReadonlySet<Half> {
  const halves = new Set<Half>();
  if (roles.has('api') || roles.has('callback') || roles.has('worker')) halves.add('gateway');
  if (roles.has('platform')) halves.add('platform');
  return halves;
}
