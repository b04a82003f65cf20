import { createHash, randomUUID } from 'node:crypto';
import { Agent, request } from 'undici';

import { Database } from '../../src/database/database.js';
import { statement } from '../../src/database/statement.js';
import { Programs, type TestProgram } from '../support/program.js';

const KEYS = 1000;
const POSTS = 20;
/** Keys whose posts are under way at once. */
const AT_ONCE = 10;
const MANY = 10_000;

const COUNTS = statement<{ submissions: number; messages: number; keys: number }>(
  'test_counts',
  `select (select count(*) from submission) as submissions, (select count(*) from message) as messages,
     (select count(*) from idempotency) as keys`,
);

const programs = new Programs();
let processes: TestProgram[];
let database: Database;
let agent: Agent;

beforeAll(async () => {
  const env = await programs.databaseVariables();
  const dataDir = programs.dataDirectory();
  // The same data directory gives them the same keys; the second starts when the first has made them.
  const first = await programs.start({ env, roles: ['api'] }, dataDir);
  const second = await programs.start({ env, roles: ['api'] }, dataDir);
  processes = [first, second];
  database = new Database({ url: env.DATABASE_URL, connections: 1, name: 'test' });
  agent = new Agent({ connections: POSTS * AT_ONCE });
}, 120_000);
afterAll(async () => {
  await agent.close();
  await database.close();
  await programs.cleanUp();
});

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Posts the same request to the processes in turn, all at once. */
function postAll(key: string, body: string): Promise<Answer[]> {
  return Promise.all(
    Array.from({ length: POSTS }, async (_, index) => {
      const { local } = processes[index % processes.length];
      const answer = await request(new URL('/v1/messages', local.apiUrl), {
        method: 'POST',
        dispatcher: agent,
        headers: {
          authorization: `Bearer ${local.apiKey}`,
          'content-type': 'application/json',
          'idempotency-key': key,
        },
        body,
      });
      return { status: answer.statusCode, text: await answer.body.text() };
    }),
  );
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

test('a thousand keys, each posted twenty times at once on two processes, are a thousand submissions', async () => {
  expect(processes[0]?.local.apiUrl).not.toBe(processes[1]?.local.apiUrl);
  // One has 10,000 recipients: its answer is larger than 1 MB.
  const bodies = Array.from({ length: KEYS }, (_, index) =>
    JSON.stringify({
      to: Array.from({ length: index === KEYS / 2 ? MANY : 1 }, (_, place) => `+852${60_000_000 + index + place}`),
      text: `Order ${index}`,
    }),
  );
  const ids = new Set<string>();
  let largest = 0;
  for (let from = 0; from < KEYS; from += AT_ONCE) {
    const answers = await Promise.all(bodies.slice(from, from + AT_ONCE).map((body) => postAll(randomUUID(), body)));
    for (const same of answers) {
      expect(same.map(({ status }) => status)).toEqual(Array.from({ length: POSTS }, () => 202));
      expect(new Set(same.map(({ text }) => digest(text))).size).toBe(1);
      const [{ text }] = same;
      largest = Math.max(largest, text.length);
      ids.add((JSON.parse(text) as { id: string }).id);
    }
  }
  expect(ids.size).toBe(KEYS);
  expect(largest).toBeGreaterThan(1_000_000);
  const [counts] = await database.run(COUNTS, []);
  expect(counts).toEqual({ submissions: KEYS, messages: KEYS - 1 + MANY, keys: KEYS });
}, 300_000);

test('another body under a key that is in use is refused, on either process', async () => {
  const key = randomUUID();
  const body = JSON.stringify({ to: ['+85267000011'], text: 'one' });
  const first = await postAll(key, body);
  expect(new Set(first.map(({ status }) => status))).toEqual(new Set([202]));
  const other = await postAll(key, JSON.stringify({ to: ['+85267000011'], text: 'two' }));
  expect(new Set(other.map(({ status }) => status))).toEqual(new Set([422]));
  expect(JSON.parse(other[0]?.text ?? '')).toMatchObject({ code: 'idempotency_key_reused' });
});
