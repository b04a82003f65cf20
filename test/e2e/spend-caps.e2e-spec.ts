import { setTimeout as pause } from 'node:timers/promises';
import { Agent, request } from 'undici';

import type { CapsView } from '../../src/billing/caps/cap.view.js';
import { Database } from '../../src/database/database.js';
import { checkSpend, mergeSpend } from '../../src/database/statements/spend-keep.js';
import { statement } from '../../src/database/statement.js';
import { Programs, type TestProgram } from '../support/program.js';
import { zoneWhereItIs } from '../support/time-zone.js';

const SENDERS = 64;
const SIZES = [1, 2, 5, 20, 100];
/** HKD a segment to Hong Kong. */
const PRICE = 35n;
const CAP = 1000;

const HELD = statement<{ messages: number; cents: number }>(
  'test_held',
  `select (select count(*) from message where app_id = $1 and status <> 9) as messages,
     (select sum(case kind when 'hold' then amount else -amount end) * 100 from balance where app_id = $1)::float8 as cents`,
);

const programs = new Programs();
let processes: TestProgram[];
let database: Database;
let agent: Agent;
let app: { id: number; key: string };

interface Body {
  readonly code?: string;
  readonly id?: number;
  readonly key?: string;
  readonly messages?: { readonly id: string }[];
}

async function call(place: number, method: 'GET' | 'POST' | 'PUT', path: string, json?: object, key?: string) {
  const { local } = processes[place % processes.length];
  const answer = await request(new URL(path, local.apiUrl), {
    method,
    dispatcher: agent,
    headers: { authorization: `Bearer ${key ?? app.key}`, ...(json && { 'content-type': 'application/json' }) },
    ...(json && { body: JSON.stringify(json) }),
  });
  return { status: answer.statusCode, body: (await answer.body.json()) as Body };
}

const numbers = (count: number): string[] => Array.from({ length: count }, (_, index) => `+852${67_000_000 + index}`);
const send = (place: number, size: number, more: object = {}) =>
  call(place, 'POST', '/v1/messages', { to: numbers(size), text: 'hello', ...more });

beforeAll(async () => {
  const env = await programs.databaseVariables();
  const dataDir = programs.dataDirectory();
  const first = await programs.start({ env, roles: ['api'] }, dataDir);
  const second = await programs.start({ env, roles: ['api'] }, dataDir);
  processes = [first, second];
  database = new Database({ url: env.DATABASE_URL, connections: 1, name: 'test' });
  agent = new Agent({ connections: SENDERS });
  const admin = first.local.apiKey;
  const { body } = await call(0, 'POST', '/v1/apps', { name: 'capped' }, admin);
  const id = body.id ?? 0;
  const keys = { name: 'all', scopes: ['messages:send', 'messages:read', 'billing:read'] };
  const made = await call(0, 'POST', `/v1/apps/${id}/keys`, keys, admin);
  app = { id, key: made.body.key ?? '' };
  const amount = `${(BigInt(CAP) * PRICE) / 100n}.00`;
  const cap = { amount, timeZone: zoneWhereItIs(12).name };
  expect((await call(1, 'PUT', `/v1/apps/${id}/caps/HKD/daily`, cap, admin)).status).toBe(200);
}, 120_000);
afterAll(async () => {
  await agent.close();
  await database.close();
  await programs.cleanUp();
});

test('64 senders on two processes against a cap: never over it, and nothing that fits is refused for long', async () => {
  const accepted: number[] = [];
  const refused: number[] = [];
  const scheduled: string[] = [];
  await Promise.all(
    Array.from({ length: SENDERS }, async (_, sender) => {
      for (let round = 0; round < 6; round += 1) {
        const size = SIZES[(sender + round) % SIZES.length];
        const { status, body } = await send(sender, size, { sendAt: new Date(Date.now() + 3_600_000).toISOString() });
        if (status === 202) {
          accepted.push(size);
          scheduled.push(...(body.messages ?? []).map(({ id }) => id));
        } else {
          expect([status, body.code]).toEqual([422, 'spend_cap_reached']);
          refused.push(size);
        }
      }
    }),
  );
  const sum = accepted.reduce((total, size) => total + size, 0);
  expect(sum).toBeLessThanOrEqual(CAP);
  expect(refused.length).toBeGreaterThan(0);
  // Nothing was given back meanwhile, so what was refused does not fit now either.
  expect(Math.min(...refused)).toBeGreaterThan(CAP - sum);
  for (let left = CAP - sum; left > 0; left -= 1) expect((await send(left, 1)).status).toBe(202);
  expect((await send(0, 1)).status).toBe(422);

  // Every sender waits for room for one; as many are cancelled, here and there: each gets in, and no more than that.
  const waiting = Promise.all(
    Array.from({ length: SENDERS }, async (_, sender) => {
      const deadline = performance.now() + 60_000;
      while ((await send(sender, 1)).status !== 202) {
        expect(performance.now()).toBeLessThan(deadline);
        await pause(50);
      }
    }),
  );
  for (const [index, id] of scheduled.slice(0, SENDERS).entries()) {
    expect((await call(index, 'POST', `/v1/messages/${id}/cancel`)).status).toBe(200);
  }
  await waiting;
  expect((await send(1, 1)).status).toBe(422);
  expect(await database.run(HELD, [app.id])).toEqual([{ messages: CAP, cents: CAP * Number(PRICE) }]);
  while (await mergeSpend(database));
  expect(await checkSpend(database)).toEqual([]);
  const { body } = await call(0, 'GET', '/v1/billing/caps');
  expect(body as unknown as CapsView).toMatchObject({
    items: [{ used: { amount: '350.00' }, left: { amount: '0.00' } }],
  });
}, 180_000);
