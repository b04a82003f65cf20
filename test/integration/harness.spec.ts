import { Client } from 'pg';
import { createTestDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';

async function tables(url: string): Promise<string[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(
      `select tablename as name from pg_tables where schemaname = 'public'`,
    );
    return rows.map(({ name }) => name);
  } finally {
    await client.end();
  }
}

describe('createTestDatabase', () => {
  it.each(['gateway', 'platform'] as const)('gives migrated databases of the %s, several at once', async (half) => {
    const databases = await Promise.all([createTestDatabase(half), createTestDatabase(half), createTestDatabase(half)]);
    expect(new Set(databases.map(({ url }) => url)).size).toBe(3);
    for (const { url } of databases) expect(await tables(url)).toContain('migrations');
    await Promise.all(databases.map((database) => database.drop()));
    await expect(tables(databases[0]?.url ?? '')).rejects.toThrow('does not exist');
  });

  it('drops a database that still has sessions', async () => {
    const database = await createTestDatabase('platform');
    const client = new Client({ connectionString: database.url });
    client.on('error', () => undefined);
    await client.connect();
    await expect(database.drop()).resolves.toBeUndefined();
    await client.end().catch(() => undefined);
  });
});

describe('eventually', () => {
  it('gives what the check gives, once it succeeds', async () => {
    let looks = 0;
    const check = (): number => {
      looks += 1;
      expect(looks).toBeGreaterThan(2);
      return looks;
    };
    await expect(eventually(check, { interval: 1 })).resolves.toBe(3);
  });

  it('throws the last failure when the time is up, or says that the condition stayed false', async () => {
    const failing = (): never => {
      throw new Error('still missing');
    };
    await expect(eventually(failing, { timeout: 0 })).rejects.toThrow('still missing');
    await expect(eventually(() => false, { timeout: 0 })).rejects.toThrow('did not become true');
  });
});
