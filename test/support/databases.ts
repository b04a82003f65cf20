import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { databaseUrl } from '../../src/database/ensure-database.js';

/** A database of one spec. */
export interface TestDatabase {
  url: string;
  /** Removes it, with whatever sessions are left. */
  drop: () => Promise<void>;
}

/** Key of the advisory lock under which databases are cloned: PostgreSQL copies a template once at a time. */
const cloningLock = 0x636c_6f6e;

function adminUrl(): string {
  const url = process.env.TEST_POSTGRES_URL;
  if (url === undefined) throw new Error('No PostgreSQL: specs that need one live under test/ (see jest.config.mjs).');
  return url;
}

async function asAdmin(work: (client: Client) => Promise<unknown>): Promise<void> {
  const client = new Client({ connectionString: adminUrl() });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

/** A new database with the current schema of one half, cloned from the run's template (about 30 ms). */
export async function createTestDatabase(half: 'gateway' | 'platform'): Promise<TestDatabase> {
  const name = `test_${half}_${randomBytes(6).toString('hex')}`;
  await asAdmin(async (client) => {
    // Held by the session, so its end releases it.
    await client.query('select pg_advisory_lock($1)', [cloningLock]);
    await client.query(`create database ${name} template template_${half}`);
  });
  return {
    url: databaseUrl(adminUrl(), name),
    drop: () => asAdmin((client) => client.query(`drop database if exists ${name} with (force)`)),
  };
}
