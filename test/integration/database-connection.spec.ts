import { Client } from 'pg';

import { Database } from '../../src/database/database.js';
import { DatabaseUnavailableError, OutcomeUnknownError } from '../../src/database/database-error.js';
import type { Statement } from '../../src/database/statement.js';
import { createTestDatabase, type TestDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';

const BACKEND: Statement<{ pid: number }> = { name: 'backend', text: 'select pg_backend_pid() as pid' };

let test: TestDatabase;
let database: Database;
let operator: Client;

beforeAll(async () => {
  test = await createTestDatabase('platform');
  database = new Database({ url: test.url, connections: 1, name: 'connection' });
  operator = new Client({ connectionString: test.url });
  await operator.connect();
});
afterAll(async () => {
  await operator.end();
  await database.close();
  await test.drop();
});

async function terminate(pid: number): Promise<void> {
  await operator.query('select pg_terminate_backend($1)', [pid]);
  await eventually(async () => {
    const { rowCount } = await operator.query('select from pg_stat_activity where pid = $1', [pid]);
    return rowCount === 0;
  });
}

it('passes on what is no fault of the database, and keeps nothing', async () => {
  const mistake = new TypeError('a mistake');
  const transaction = database.transaction(async (lent) => {
    await lent.run({ name: 'kept', text: 'create table kept ()' }, []);
    throw mistake;
  });
  await expect(transaction).rejects.toBe(mistake);
  await expect(database.run({ name: 'gone', text: `select to_regclass('kept') as kept` }, [])).resolves.toEqual([
    { kept: null },
  ]);
});

describe('a connection that PostgreSQL ends', () => {
  it('between two statements of a transaction fails that transaction, and not the process', async () => {
    const transaction = database.transaction(async (lent) => {
      const [backend] = await lent.run(BACKEND, []);
      await terminate(backend?.pid ?? 0);
      await lent.run(BACKEND, []);
    });
    await expect(transaction).rejects.toThrow(DatabaseUnavailableError);
    await expect(database.run(BACKEND, [])).resolves.toHaveLength(1);
  });

  it('while a transaction commits leaves open what became of it', async () => {
    await operator.query(`
      create table slow (number integer);
      create function wait() returns trigger language plpgsql as $$
        begin perform pg_advisory_xact_lock(1); return null; end $$;
      create constraint trigger waits after insert on slow deferrable initially deferred for each row execute function wait();
      select pg_advisory_lock(1)`);
    const [backend] = await database.run(BACKEND, []);
    const failure = database
      .transaction((lent) => lent.run({ name: 'slow', text: 'insert into slow values (1)' }, []))
      .catch((error: unknown) => error);
    await eventually(async () => {
      const waiting = `select from pg_locks where pid = $1 and locktype = 'advisory' and not granted`;
      return (await operator.query(waiting, [backend?.pid])).rowCount === 1;
    });
    await terminate(backend?.pid ?? 0);
    expect(await failure).toBeInstanceOf(OutcomeUnknownError);
    await operator.query('select pg_advisory_unlock(1)');
  });

  it('while nobody uses it is replaced at the next use', async () => {
    const [backend] = await database.run(BACKEND, []);
    await terminate(backend?.pid ?? 0);
    await eventually(() => database.run(BACKEND, []));
    const [other] = await database.run(BACKEND, []);
    expect(other?.pid).not.toBe(backend?.pid);
  });
});
