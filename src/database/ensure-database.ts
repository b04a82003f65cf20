import { Client, escapeIdentifier } from 'pg';

/** SQLSTATE of a database that exists, and of two programs that create it in the same moment. */
const alreadyThere = new Set(['42P04', '23505']);

/**
 * Creates a database unless it exists; programs that start together may both ask.
 *
 * @param adminUrl URL of any database of the server, with the right to create one
 * @returns the URL of the database
 * @throws DatabaseError (of pg) when the server refuses
 */
export async function ensureDatabase(adminUrl: string, name: string): Promise<string> {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name]);
    if (rowCount === 0) await client.query(`create database ${escapeIdentifier(name)}`);
  } catch (error) {
    if (!alreadyThere.has((error as { code?: string }).code ?? '')) throw error;
  } finally {
    await client.end();
  }
  return databaseUrl(adminUrl, name);
}

/** The URL of another database of the same server. */
export function databaseUrl(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${encodeURIComponent(name)}`;
  return changed.href;
}
