import path from 'node:path';
import type { Logger } from 'pino';

import type { Config } from '../config/config.js';
import { checkServer } from '../database/check-server.js';
import type { Half } from '../database/data-source.js';
import { startEmbeddedPostgres } from '../database/embedded-postgres.js';
import { ensureDatabase } from '../database/ensure-database.js';
import { migrate } from '../database/migrate.js';
import { ApplicationError } from '../errors.js';

/** The variables that name the databases of the halves. */
export const DATABASE_VARIABLES: Readonly<Record<Half, string>> = {
  gateway: 'DATABASE_URL',
  platform: 'PLATFORM_DATABASE_URL',
};

/** Databases that answer and have the current schema. */
export interface OpenDatabases {
  /** Undefined: not asked for. */
  readonly urls: { readonly gateway: string | undefined; readonly platform: string | undefined };
  /** Stops the embedded server if this process owns it. */
  close(): Promise<void>;
}

/**
 * Finds the databases of these halves, in the embedded PostgreSQL where the environment names none, and brings them to the
 * current schema.
 *
 * @throws ApplicationError in one line that says what to do
 */
export async function openDatabases(config: Config, halves: ReadonlySet<Half>, logger: Logger): Promise<OpenDatabases> {
  const named = { gateway: config.gatewayDatabaseUrl, platform: config.platformDatabaseUrl };
  for (const half of halves) {
    const url = named[half];
    if (url !== undefined) await checkServer(url, DATABASE_VARIABLES[half]);
    else if (!config.sandbox) throw new ApplicationError('unavailable', 'database_unset', unset(half));
  }
  const embedded = [...halves].some((half) => named[half] === undefined);
  const server = embedded ? await startServer(config, logger) : undefined;
  try {
    const open = async (half: Half) => {
      if (!halves.has(half)) return undefined;
      const url = named[half] ?? (server === undefined ? '' : await ensureDatabase(server.url('postgres'), half));
      await bringUpToDate(half, url);
      return url;
    };
    const urls = { gateway: await open('gateway'), platform: await open('platform') };
    return { urls, close: async () => server?.stop() };
  } catch (error) {
    await server?.stop();
    throw error;
  }
}

function startServer(config: Config, logger: Logger) {
  return startEmbeddedPostgres({
    dataDir: path.join(config.dataDir, 'postgres'),
    log: (line) => logger.info({ component: 'embedded PostgreSQL' }, line),
  });
}

async function bringUpToDate(half: Half, url: string): Promise<void> {
  try {
    await migrate(half, url);
  } catch (error) {
    const [reason = ''] = error instanceof Error ? error.message.split('\n', 1) : [];
    throw new ApplicationError(
      'unavailable',
      'migration_failed',
      `${DATABASE_VARIABLES[half]}: the schema of the ${half} can not be brought up to date: ${reason}`,
      { cause: error },
    );
  }
}

const unset = (half: Half): string => `${DATABASE_VARIABLES[half]} is required in production: name a PostgreSQL`;
