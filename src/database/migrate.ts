import { Client } from 'pg';

import { createDataSource, type Half } from './data-source.js';
import { GATEWAY_PARTITIONS } from './gateway-tables.js';
import { makePartitions } from './partitions.js';
import { PLATFORM_PARTITIONS } from './platform-tables.js';
import { QuietLogger } from './quiet-logger.js';

/** Key of the advisory lock under which start-up work on a database is done, so that processes may start together. */
const STARTUP_LOCK = 7_310_815;

/** The growing tables of a half. */
export function partitionsOf(half: Half) {
  return half === 'gateway' ? GATEWAY_PARTITIONS : PLATFORM_PARTITIONS;
}

/** Runs `work` while this session alone holds the start-up lock of the database. */
export async function underStartupLock<Result>(
  url: string,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  const client = new Client({ connectionString: url, application_name: 'cloudsms start-up' });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [STARTUP_LOCK]);
    return await work(client);
  } finally {
    await client.end();
  }
}

/**
 * Brings a database to the current schema and makes its partitions. Idempotent, and safe when several processes start at
 * once: they take turns.
 */
export async function migrate(half: Half, url: string): Promise<void> {
  await underStartupLock(url, async (client) => {
    const source = await createDataSource(half, url).setOptions({ logger: new QuietLogger() }).initialize();
    try {
      await source.runMigrations();
    } finally {
      await source.destroy();
    }
    await makePartitions(client, partitionsOf(half), Date.now());
  });
}
