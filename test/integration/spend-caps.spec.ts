import { randomUUID } from 'node:crypto';
import { Client } from 'pg';

import { runAudit } from '../../scripts/audit/audit.js';
import { reserveTotal } from '../../src/billing/caps/spend-reservations.js';
import { SpendCapsJob } from '../../src/billing/caps/spend-caps.job.js';
import { SpendCapsLoop } from '../../src/billing/caps/spend-caps.loop.js';
import type { CapsView, CapView } from '../../src/billing/caps/cap.view.js';
import { Notifications } from '../../src/database/notifications.js';
import { checkSpend, mergeSpend, repairSpend, repairUncounted } from '../../src/database/statements/spend-keep.js';
import { BulkFeeder } from '../../src/messaging/bulk/bulk-feeder.js';
import type { BulkView } from '../../src/messaging/bulk/bulk.view.js';
import { RateLimits } from '../../src/apps/rate-limits.service.js';
import { createLogger } from '../../src/observability/logger.js';
import { Sequencer } from '../../src/outbox/sequencer.loop.js';
import type { SpendCapEventView } from '../../src/reporting/events/event.view.js';
import { SandboxClock } from '../../src/clock/sandbox-clock.js';
import { SCOPES } from '../../src/apps/scope.js';
import { GatewayApi } from '../support/gateway-api.js';
import { GatewayTraffic } from '../support/gateway-traffic.js';
import { zoneWhereItIs } from '../support/time-zone.js';
import type { JsonClient } from '../../scripts/sandbox/json-client.js';

const NOON = zoneWhereItIs(12);

let traffic: GatewayTraffic;
let apis: GatewayApi[];
let admin: JsonClient;
let loop: SpendCapsLoop;
let serial = 0;

beforeAll(async () => {
  traffic = await GatewayTraffic.create();
  apis = [await GatewayApi.start(traffic), await GatewayApi.start(traffic)];
  admin = apis[0].client(await apis[0].key('admin', SCOPES));
  loop = new SpendCapsLoop(traffic.database, new SandboxClock(traffic.database), createLogger('silent'));
});
afterAll(async () => {
  await Promise.all(apis.map((api) => api.stop()));
  await traffic.drop();
});

/** What a cap must always be: what the ledger says. */
afterEach(async () => {
  expect(await checkSpend(traffic.database)).toEqual([]);
});

interface TestApp {
  readonly id: number;
  /** One at each process. */
  readonly clients: readonly JsonClient[];
}

/** An app of its own, with caps: daily, monthly, in HKD. A segment costs 0.35. */
async function appWith(caps: { daily?: string; monthly?: string }): Promise<TestApp> {
  const key = await apis[0].key(`capped-${++serial}`, SCOPES);
  const [{ id }] = await traffic.rows<{ id: number }>('select id from app where name = $1', [`capped-${serial}`]);
  for (const [period, amount] of Object.entries(caps)) await setCap(id, period, amount);
  return { id, clients: apis.map((api) => api.client(key)) };
}

async function setCap(id: number, period: string, amount: string, more: object = {}): Promise<CapView> {
  const { status, body } = await admin.call<CapView>('PUT', `/v1/apps/${id}/caps/HKD/${period}`, {
    json: { amount, timeZone: NOON.name, ...more },
  });
  expect([status, body]).toEqual([200, expect.any(Object)]);
  return body;
}

const numbers = (count: number): string[] => Array.from({ length: count }, (_, index) => `+852${67_000_000 + index}`);
const send = (client: JsonClient, count = 1, more: object = {}, headers: Record<string, string> = {}) =>
  client.call<{ id: string; code?: string; detail?: string; messages: { id: string }[] }>('POST', '/v1/messages', {
    json: { to: numbers(count), text: 'hello', ...more },
    headers,
  });
const capsOf = async ({ clients }: TestApp): Promise<CapView[]> =>
  (await clients[0].call<CapsView>('GET', '/v1/billing/caps')).body.items;
const usedOf = async (app: TestApp): Promise<string[]> => (await capsOf(app)).map(({ used }) => used.amount);
const later = () => ({ sendAt: new Date(Date.now() + 3_600_000).toISOString() });
const stored = async ({ id }: TestApp): Promise<number> =>
  (await traffic.rows<{ count: number }>('select count(*) from message where app_id = $1', [id]))[0].count;

test('what fits is taken in, to the last cent; what does not is refused with what is left, and leaves nothing', async () => {
  const app = await appWith({ daily: '3.50' });
  const [client, other] = app.clients;
  expect((await send(client, 4)).status).toBe(202);
  expect((await send(other, 5)).status).toBe(202);
  const refused = await send(client, 2, {}, { 'idempotency-key': 'too-much' });
  expect([refused.status, refused.body.code]).toEqual([422, 'spend_cap_reached']);
  const rule = 'would pass the daily spend cap of 3.50 HKD: it costs 0.70 HKD, 0.35 HKD is left, and the cap renews at';
  expect(refused.body.detail?.replace(/\d{4}-\d\d-\d\d/, '')).toBe(`The request ${rule} ${NOON.midnight}.`);
  expect((await traffic.rows('select from idempotency where app_id = $1', [app.id])).length).toBe(0);
  expect((await send(client, 1)).status).toBe(202);
  expect(await stored(app)).toBe(10);
  expect(await capsOf(app)).toMatchObject([
    { period: 'daily', used: { amount: '3.50' }, left: { amount: '0.00' }, timeZone: NOON.name },
  ]);
  // Another app is not bounded by it, and shares its statements.
  const free = await appWith({});
  const both = await Promise.all([send(free.clients[0], 3), send(client, 1), send(free.clients[0], 2)]);
  expect(both.map(({ status }) => status)).toEqual([202, 422, 202]);
});

test('both caps must have room; the tighter one is named', async () => {
  const app = await appWith({ daily: '7.00', monthly: '1.00' });
  expect((await send(app.clients[0], 2)).status).toBe(202);
  expect((await send(app.clients[0], 1)).body.detail).toContain('monthly spend cap of 1.00 HKD');
  expect(await usedOf(app)).toEqual(['0.70', '0.70']);
  await setCap(app.id, 'monthly', '2.00');
  expect((await send(app.clients[1], 1)).status).toBe(202);
  const gone = await admin.call('DELETE', `/v1/apps/${app.id}/caps/HKD/monthly`);
  expect(gone.status).toBe(204);
  expect((await send(app.clients[1], 10)).status).toBe(202);
  expect(await usedOf(app)).toEqual(['4.55']);
});

test('what is given back can be spent again at once', async () => {
  const app = await appWith({ daily: '0.70' });
  const [client, other] = app.clients;
  const waiting = await send(client, 2, later());
  expect((await send(other)).status).toBe(422);
  const cancelled = await client.call('POST', `/v1/messages/${waiting.body.messages[0].id}/cancel`);
  expect(cancelled.status).toBe(200);
  expect((await send(other)).status).toBe(202);
  expect((await send(client)).status).toBe(422);
});

test('a repeated request takes nothing twice, also where two processes meet', async () => {
  const app = await appWith({ daily: '7.00' });
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, index) =>
      send(app.clients[index % 2], 3, {}, { 'idempotency-key': `k${index % 2}` }),
    ),
  );
  const ids = answers.filter(({ status }) => status === 202).map(({ body }) => body.id);
  expect(new Set(ids).size).toBe(2);
  while (await mergeSpend(traffic.database));
  expect(await usedOf(app)).toEqual(['2.10']);
});

test('a cap that is set later counts what was spent before; in another zone it counts other days', async () => {
  const app = await appWith({});
  await send(app.clients[0], 3);
  expect((await setCap(app.id, 'daily', '1.40')).used.amount).toBe('1.05');
  expect((await send(app.clients[1], 2)).status).toBe(422);
  expect((await send(app.clients[1], 1)).status).toBe(202);
  const earlier = zoneWhereItIs(7);
  const moved = await setCap(app.id, 'daily', '1.40', { timeZone: earlier.name });
  expect(moved).toMatchObject({ used: { amount: '1.40' }, timeZone: earlier.name });
  expect(moved.startsAt.slice(10)).toBe(earlier.midnight);
  expect(await setCap(app.id, 'monthly', '14', { timeZone: undefined })).toMatchObject({ timeZone: 'UTC' });
  for (const [address, json, status] of [
    [`${app.id}/caps/HKD/weekly`, { amount: '1' }, 404],
    [`${app.id}/caps/CHF/daily`, { amount: '1' }, 404],
    ['999999/caps/HKD/daily', { amount: '1' }, 404],
    [`${app.id}/caps/HKD/daily`, { amount: '-1' }, 400],
    [`${app.id}/caps/HKD/daily`, { amount: '1', timeZone: 'Mars/Base' }, 400],
    [`${app.id}/caps/HKD/daily`, { amount: '1', timeZone: 'US/Pacific-New' }, 400],
  ] as const) {
    expect((await admin.call('PUT', `/v1/apps/${address}`, { json })).status).toBe(status);
  }
  expect((await admin.call('DELETE', `/v1/apps/${app.id}/caps/JPY/daily`)).status).toBe(404);
});

test('what sends and reports give back or charge late counts, past the cap too', async () => {
  const app = await appWith({ daily: '1.75', monthly: '100' });
  const at = { appId: app.id };
  const refusedLater = await traffic.send(['67000001', '67000002'], at);
  const doubtful = await traffic.send(['67000003'], at);
  while (await mergeSpend(traffic.database));
  expect(await usedOf(app)).toEqual(['1.05', '1.05']);
  await traffic.answer(refusedLater, [
    { kind: 'accepted', uid: randomUUID() },
    { kind: 'failed', reason: 4 },
  ]);
  expect(await usedOf(app)).toEqual(['0.70', '0.70']);
  await traffic.answer(doubtful, [{ kind: 'failed', reason: 4 }]);
  expect(await usedOf(app)).toEqual(['0.35', '0.35']);
  expect((await send(app.clients[0], 4)).status).toBe(202);
  expect((await send(app.clients[0], 1)).status).toBe(422);
});

test('a total is reserved at once, or not at all', async () => {
  const app = await appWith({ daily: '10', monthly: '12' });
  const demand = { appId: app.id, currency: 'HKD', at: Date.now(), leastMessage: '0.35' };
  const reserve = (cost: string) =>
    traffic.database.transaction((transaction) => reserveTotal(transaction, { ...demand, cost }));
  await reserve('9.99');
  await expect(reserve('0.02')).rejects.toMatchObject({ code: 'spend_cap_reached' });
  await reserve('0.01');
  expect(await usedOf(app)).toEqual(['10.00', '10.00']);
  // Nothing stands in the ledger for it here, which the check finds, and the repair takes back.
  expect(await checkSpend(traffic.database)).toMatchObject([
    { app_id: app.id, period: 'day', used: '10.00000000' },
    { app_id: app.id, period: 'month', expected: '0' },
  ]);
  expect(await repairSpend(traffic.database)).toBe(2);
  expect(await usedOf(app)).toEqual(['0.00', '0.00']);
});

test('a bulk holds all that it costs at its start, or does not start', async () => {
  const app = await appWith({ daily: '3.50', monthly: '35' });
  const [client] = app.clients;
  const upload = async (rows: number) => {
    const answer = await client.call<BulkView & { code?: string }>('POST', '/v1/bulk', {
      query: { name: `of ${rows}`, text: 'hello', force: 'true' },
      headers: { 'content-type': 'text/csv' },
      text: ['to', ...numbers(rows), ''].join('\n'),
    });
    return answer.body;
  };
  const running = await upload(8);
  expect(running).toMatchObject({ status: 'running' });
  expect(await usedOf(app)).toEqual(['2.80', '2.80']);
  const refused = await upload(3);
  expect(refused).toMatchObject({ status: 'ready', reason: 'spend_cap_reached' });
  expect(await usedOf(app)).toEqual(['2.80', '2.80']);
  const limits = new RateLimits(traffic.database);
  const feeder = new BulkFeeder(
    traffic.database,
    limits,
    traffic.clock,
    apis[0].runtime.config,
    apis[0].runtime.logger,
  );
  while (await feeder.round());
  await limits.onApplicationShutdown();
  expect(await usedOf(app)).toEqual(['2.80', '2.80']);
  expect(await checkSpend(traffic.database)).toEqual([]);
  expect((await client.call('POST', `/v1/bulk/${running.id}/cancel`)).status).toBe(200);
  expect(await usedOf(app)).toEqual(['0.00', '0.00']);
});

test('a cap that comes in the middle of a period holds when those who may not have known of it are done', async () => {
  const countedOf = async (app: TestApp) =>
    (await traffic.rows<{ counted: boolean }>('select counted from spend_use where app_id = $1', [app.id])).map(
      ({ counted }) => counted,
    );
  const other = new Client({ connectionString: traffic.url });
  await other.connect();
  // Somebody's long transaction that has nothing to do with money.
  await other.query('begin; select pg_current_xact_id(); lock table spend_cap, ledger_entry in access share mode');
  expect(await countedOf(await appWith({ daily: '10' }))).toEqual([true]);
  await other.query('rollback');

  await other.query('begin; lock table ledger_entry in row exclusive mode');
  const app = await appWith({ daily: '0.35' });
  expect(await countedOf(app)).toEqual([false]);
  expect((await send(app.clients[0], 2)).status).toBe(202);
  await loop.round();
  expect(await countedOf(app)).toEqual([false]);
  // What begins after it knows the cap, and holds up nothing.
  const later = new Client({ connectionString: traffic.url });
  await later.connect();
  await later.query('begin; lock table ledger_entry in row exclusive mode');
  await other.query('rollback');
  await loop.round();
  expect(await countedOf(app)).toEqual([true]);
  expect((await send(app.clients[1], 1)).status).toBe(422);
  await Promise.all([other.end(), later.end()]);
});

test('what several count at the same time counts once', async () => {
  const app = await appWith({ daily: '10' });
  await send(app.clients[0], 2);
  for (let round = 1; round <= 10; round += 1) {
    await traffic.rows('update spend_use set used = 0, counted = false where app_id = $1', [app.id]);
    await Promise.all(Array.from({ length: 4 }, () => repairUncounted(traffic.database, app.id)));
    expect(await usedOf(app)).toEqual(['0.70']);
  }
  await loop.round();
  expect(await usedOf(app)).toEqual(['0.70']);
});

test('drift is found and repaired', async () => {
  const app = await appWith({ daily: '10' });
  await send(app.clients[0], 2);
  await traffic.rows('update spend_use set used = used + 1 where app_id = $1', [app.id]);
  expect(await checkSpend(traffic.database)).toMatchObject([
    { app_id: app.id, currency: 'HKD', period: 'day', used: '1.70000000', expected: '0.70000000' },
  ]);
  const { checks } = await runAudit({ gateway: traffic.url });
  expect(checks.find(({ name }) => name === 'spend caps')?.findings).toMatchObject([{ app: app.id, period: 'day' }]);
  const job = new SpendCapsJob(traffic.database);
  expect(await job.run()).toEqual({ text: '1 periods were not what the ledger says; 1 repaired', warning: true });
  expect(await usedOf(app)).toEqual(['0.70']);
  expect(await job.run()).toBe('every cap is what the ledger says');
});

test('many senders on two processes: never over the cap, and all that fits', async () => {
  const app = await appWith({ daily: '35.00', monthly: '40.00' });
  let taken = 0;
  const refused: number[] = [];
  const sizes = [1, 2, 3, 7, 13];
  await Promise.all(
    Array.from({ length: 32 }, async (_, sender) => {
      for (let round = 0; round < 4; round += 1) {
        const size = sizes[(sender + round) % sizes.length];
        const { status } = await send(app.clients[sender % 2], size);
        expect([202, 422]).toContain(status);
        if (status === 202) taken += size;
        else refused.push(size);
      }
    }),
  );
  // Room only shrank meanwhile: what was refused does not fit now either.
  expect(Math.min(...refused)).toBeGreaterThan(100 - taken);
  for (; taken < 100; taken += 1) expect((await send(app.clients[taken % 2])).status).toBe(202);
  expect((await send(app.clients[0])).status).toBe(422);
  expect(await stored(app)).toBe(100);
  expect(await usedOf(app)).toEqual(['35.00', '35.00']);
});

describe('warnings', () => {
  const eventsOf = async (app: TestApp): Promise<SpendCapEventView[]> => {
    const logger = createLogger('silent');
    const sequencer = new Sequencer(traffic.database, new Notifications(traffic.url, logger), logger);
    while ((await sequencer.round()) === true);
    await sequencer.round();
    const { body } = await app.clients[0].call<{ items: SpendCapEventView[] }>('GET', '/v1/events', {
      headers: { accept: 'application/json' },
      query: { limit: 1000 },
    });
    return body.items.filter(({ type }) => type === 'spend_cap.reached');
  };
  const look = () => Promise.all([loop.round(), loop.round(), loop.round()]);

  test('are told once for each cap, period and threshold, whoever looks and whatever becomes of the cap', async () => {
    const app = await appWith({ daily: '3.50', monthly: '35' });
    await send(app.clients[0], 5);
    await look();
    expect(await eventsOf(app)).toEqual([
      {
        sequence: expect.any(Number) as number,
        type: 'spend_cap.reached',
        at: expect.stringMatching(/Z$/) as string,
        cap: {
          period: 'daily',
          threshold: 50,
          amount: { amount: '3.50', currency: 'HKD' },
          used: { amount: '1.75', currency: 'HKD' },
          startsOn: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) as string,
          renewsAt: expect.stringMatching(`${NOON.midnight}$`) as string,
        },
      },
    ]);
    await setCap(app.id, 'daily', '350');
    await look();
    await setCap(app.id, 'daily', '3.50');
    await send(app.clients[0], 5);
    await look();
    await look();
    const told = (await eventsOf(app)).map(({ cap }) => `${cap?.period} ${cap?.threshold}`);
    expect(told).toEqual(['daily 50', 'daily 80', 'daily 100']);
  });

  test('what is left and does not pay for one message counts as reached', async () => {
    const app = await appWith({ daily: '0.60' });
    await send(app.clients[0], 1);
    await send(app.clients[0], 1);
    await look();
    expect((await eventsOf(app)).map(({ cap }) => cap?.threshold)).toEqual([50, 100]);
    const large = await appWith({ daily: '0.80' });
    await send(large.clients[0], 1000);
    await look();
    expect(await eventsOf(large)).toEqual([]);
  });
});

test('the auditor finds the caps to be what the messages cost', async () => {
  const { checks } = await runAudit({ gateway: traffic.url });
  const caps = checks.find(({ name }) => name === 'spend caps');
  expect(caps?.lookedAt).toBeGreaterThan(10);
  expect(caps?.findings).toEqual([]);
});
