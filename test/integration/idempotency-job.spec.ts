import { IdempotencyJob } from '../../src/apps/idempotency.job.js';
import { Database } from '../../src/database/database.js';
import { statement } from '../../src/database/statement.js';
import { createTestDatabase, type TestDatabase } from '../support/databases.js';

const KEYS = statement<{ key: string }>(
  'test_keys',
  'select key from idempotency union all select key from idempotent_answer order by key',
);
const FILL = ['idempotency', 'idempotent_answer'].map((table) =>
  statement<object>(
    `test_fill_${table}`,
    `insert into ${table} (app_id, key, fingerprint, created_at, ${table === 'idempotency' ? 'submission_id' : 'answer'})
     select 1, '${table} ' || n, '', now() - n * interval '1 hour', ${table === 'idempotency' ? 'gen_random_uuid()' : "''"}
     from unnest($1::int[]) as n`,
  ),
);

let template: TestDatabase;
let database: Database;

beforeAll(async () => {
  template = await createTestDatabase('gateway');
  database = new Database({ url: template.url, connections: 2, name: 'test' });
});
afterAll(async () => {
  await database.close();
  await template.drop();
});

test('the job forgets keys after 24 hours, and none before', async () => {
  const old = Array.from({ length: 5001 }, (_, index) => 25 + index);
  for (const fill of FILL) await database.run(fill, [[1, 23, ...old]]);
  await new IdempotencyJob(database).run();
  expect((await database.run(KEYS, [])).map(({ key }) => key)).toEqual([
    'idempotency 1',
    'idempotency 23',
    'idempotent_answer 1',
    'idempotent_answer 23',
  ]);
});
