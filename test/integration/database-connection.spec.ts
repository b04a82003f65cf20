import { Client } from 'pg';

import { Database } from '../../src/database/database.js';
import { OutcomeUnknownError } from '../../src/database/database-error.js';
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

describe('a connection that PostgreSQL ends', () => {
  it('between two statements of a transaction fails that transaction, and not the process', async () => {
    const transaction = database.transaction(async (lent) => {
      const [backend] = await lent.run(BACKEND, []);
      await terminate(backend?.pid ?? 0);
      await lent.run(BACKEND, []);
    });
    await expect(transaction).rejects.toThrow(OutcomeUnknownError);
    await expect(database.run(BACKEND, [])).resolves.toHaveLength(1);
  });

  it('while nobody uses it is replaced at the next use', async () => {
    const [backend] = await database.run(BACKEND, []);
    await terminate(backend?.pid ?? 0);
    await eventually(() => database.run(BACKEND, []));
    const [other] = await database.run(BACKEND, []);
    expect(other?.pid).not.toBe(backend?.pid);
  });
});
