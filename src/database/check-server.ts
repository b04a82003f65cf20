import { Client } from 'pg';

import { ApplicationError } from '../errors.js';

export const OLDEST_SERVER = 15;

/**
 * Makes sure that a PostgreSQL which is new enough answers at a URL.
 * @param variable the environment variable that names the URL
 * @throws ApplicationError (unavailable) in one line that says what to do and shows no password
 */
export async function checkServer(url: string, variable: string): Promise<void> {
  const client = createClient(url, variable);
  // A connection that breaks later on is told by the query; without a listener it would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ version: string }>(`select current_setting('server_version') as version`);
    const version = rows[0]?.version ?? '';
    if (Number.parseInt(version, 10) < OLDEST_SERVER) {
      throw new ApplicationError(
        'unavailable',
        'database_too_old',
        `${variable}: the PostgreSQL there is ${version}: version ${OLDEST_SERVER} or newer is needed`,
      );
    }
  } catch (error) {
    throw error instanceof ApplicationError ? error : connectError(error, client, variable);
  } finally {
    await client.end().catch(() => undefined);
  }
}

function createClient(url: string, variable: string): Client {
  try {
    return new Client({
      connectionString: url,
      application_name: 'cloudsms start-up',
      connectionTimeoutMillis: 10_000,
    });
  } catch (error) {
    throw new ApplicationError(
      'unavailable',
      'database_url_invalid',
      `${variable} can not be read: write it as postgres://USER:PASSWORD@HOST:PORT/DATABASE`,
      { cause: error },
    );
  }
}

/** Says why there is no connection, and what to do about it. */
function connectError(error: unknown, { host, port, user, database }: Client, variable: string): ApplicationError {
  const { code: state = '', message = '' } = error as { code?: string; message?: string };
  const at = `${host}:${port}`;
  const fail = (code: string, line: string) =>
    new ApplicationError('unavailable', code, `${variable}: ${line}`, { cause: error });
  if (state.startsWith('28'))
    return fail('database_refuses', `PostgreSQL at ${at} refuses user "${user}": correct the URL`);
  if (state === '3D000')
    return fail('database_missing', `PostgreSQL at ${at} has no database "${database}": create it`);
  if (/^[0-9A-Z]{5}$/.test(state))
    return fail('database_refuses', `PostgreSQL at ${at} refuses: ${firstLine(message)}`);
  const why = state === '' ? firstLine(message) : state;
  return fail('database_unreachable', `no PostgreSQL answers at ${at} (${why}): start it, or correct the URL`);
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';
