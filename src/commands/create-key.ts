import { parseArgs } from 'node:util';

import { Provisioning } from '../apps/provisioning.js';
import { isScope, type Scope, SCOPES } from '../apps/scope.js';
import { loadProcessConfig } from '../config/process-config.js';
import { createDataSource } from '../database/data-source.js';
import { ApplicationError } from '../errors.js';
import { createLogger } from '../observability/logger.js';
import { openDatabases } from '../roles/databases.js';
import { loadSecrets } from '../roles/prepare.js';
import { startErrorLines } from '../roles/start-error.js';

const USAGE = `usage: npm run key:create -- --app NAME --scopes ${SCOPES.join(',')} [--name KEY_NAME]`;

interface Wanted {
  readonly app: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
}

/** @throws ApplicationError whose message is the usage, or names the scope that is none */
function readArguments(args: string[]): Wanted {
  const options = { app: { type: 'string' }, scopes: { type: 'string' }, name: { type: 'string' } } as const;
  const { app, scopes, name } = parse(() => parseArgs({ args, options }).values);
  const named = scopes?.split(',').map((scope) => scope.trim()) ?? [];
  if (app === undefined || named.length === 0) throw new ApplicationError('malformed', 'usage', USAGE);
  const unknown = named.filter((scope) => !isScope(scope));
  if (unknown.length > 0) {
    throw new ApplicationError('malformed', 'unknown_scope', `no such scope: ${unknown.join(', ')}; ${USAGE}`);
  }
  return { app, name: name ?? 'first', scopes: named.filter(isScope) };
}

function parse<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new ApplicationError('malformed', 'usage', USAGE, { cause: error });
  }
}

/** Makes a key (and its app, where there is none) and prints it, this once. */
async function createKey(): Promise<void> {
  const { app, name, scopes } = readArguments(process.argv.slice(2));
  const config = loadProcessConfig();
  const secrets = await loadSecrets(config);
  const databases = await openDatabases(config, new Set(['gateway'] as const), createLogger('silent'));
  try {
    const source = await createDataSource('gateway', databases.urls.gateway ?? '').initialize();
    try {
      process.stdout.write(`${await new Provisioning(source.manager, secrets).createKey(app, name, scopes)}\n`);
    } finally {
      await source.destroy();
    }
  } finally {
    await databases.close();
  }
}

try {
  await createKey();
} catch (error) {
  process.stderr.write(`${startErrorLines(error).join('\n')}\n`);
  process.exitCode = 1;
}
