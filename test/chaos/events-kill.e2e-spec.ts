import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import { Provisioning } from '../../src/apps/provisioning.js';
import { createDataSource } from '../../src/database/data-source.js';
import { cancelMessage } from '../../src/database/statements/cancel.js';
import type { EventView } from '../../src/reporting/events/event.view.js';
import { uuidv7 } from '../../src/uuid.js';
import { JsonClient } from '../../scripts/sandbox/json-client.js';
import { assertCleanBooks } from '../support/audit.js';
import { EventReader } from '../support/event-reader.js';
import { eventually } from '../support/eventually.js';
import { GatewayTraffic } from '../support/gateway-traffic.js';
import { Programs } from '../support/program.js';

const LONG = process.env.TEST_SIZE === 'long';
const WRITERS = 4;
const ROUNDS = LONG ? 500 : 40;
/** Each round of a writer: a submission of so many, and one of them cancelled. */
const SIZE = 10;
const TOTAL = WRITERS * ROUNDS * (SIZE + 1);
/** After so many events the worker, and then an api process, is killed. */
const MOMENTS = [0.2, 0.5].map((part) => Math.floor(TOTAL * part));

const programs = new Programs();
const readers: EventReader[] = [];
let traffic: GatewayTraffic;
let receiver: http.Server;
/** `webhook-id`s by the sequence of their event. */
const told = new Map<number, Set<string>>();

beforeAll(async () => {
  traffic = await GatewayTraffic.create();
  receiver = http.createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      const { sequence } = (JSON.parse(body) as { data: { sequence: number } }).data;
      told.set(sequence, (told.get(sequence) ?? new Set()).add(String(request.headers['webhook-id'])));
      response.writeHead(204).end();
    });
  });
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
});

afterAll(async () => {
  for (const reader of readers) reader.close();
  await programs.cleanUp();
  receiver.closeAllConnections();
  receiver.close();
  await traffic.drop();
});

const env = (): Record<string, string> => ({
  DATABASE_URL: traffic.url,
  SECRETS_KEY: Buffer.alloc(32, 7).toString('base64'),
});

async function apiKey(): Promise<string> {
  const source = await createDataSource('gateway', traffic.url).initialize();
  try {
    return await new Provisioning(source.manager, traffic.secrets).createKey('one', 'test', [
      'messages:read',
      'webhooks:manage',
    ]);
  } finally {
    await source.destroy();
  }
}

/** Submissions that are due much later, so that nothing is sent; of each one message is taken back. */
async function write(writer: number): Promise<void> {
  for (let round = 0; round < ROUNDS; round += 1) {
    const dueAt = traffic.clock.now() + 86_400_000;
    const numbers = Array.from({ length: SIZE }, (_, index) =>
      String(60_000_000 + writer * 100_000 + round * 10 + index),
    );
    const submissionId = await traffic.submit(numbers, { dueAt });
    const key = { submissionId, ordinal: 1 + (round % SIZE), appId: traffic.appId };
    await cancelMessage(traffic.database, key, traffic.clock.now(), uuidv7(Date.now(), randomBytes(10)));
    await delay(5);
  }
}

/** Reads pages until it has all, as somebody would who comes by now and then. */
async function poll(client: JsonClient, into: number[]): Promise<void> {
  let cursor: string | undefined;
  while (into.length < TOTAL) {
    const query = { limit: 137, ...(cursor === undefined ? {} : { cursor }) };
    const page = await client.expect<{ items: EventView[]; nextCursor: string | null }>(200, 'GET', '/v1/events', {
      headers: { accept: 'application/json' },
      query,
    });
    into.push(...page.items.map(({ sequence }) => sequence));
    cursor = page.nextCursor ?? cursor;
    if (page.items.length === 0) await delay(20);
  }
}

describe('the feed under concurrent writers and kill -9', () => {
  it('shows every reader every number once, in order, none skipped; and webhooks tell each at least once, by one id', async () => {
    const key = await apiKey();
    const stays = await programs.start({ env: env(), roles: ['api'] }, programs.dataDirectory());
    const dies = await programs.start({ env: env(), roles: ['api'] }, programs.dataDirectory());
    const installation = programs.dataDirectory();
    const work = () => programs.background({ ...env(), ROLES: 'worker' }, installation);
    let worker = work();
    const client = new JsonClient(stays.local.apiUrl, key);
    const { port } = receiver.address() as AddressInfo;
    await client.expect(201, 'POST', '/v1/webhooks', { json: { url: `http://127.0.0.1:${port}/` } });
    const steady = new EventReader(stays.local.apiUrl, key).open(0);
    const moved = new EventReader(dies.local.apiUrl, key).open(0);
    readers.push(steady, moved);
    await eventually(() => steady.status === 200 && moved.status === 200);

    const polled: number[] = [];
    const polling = poll(client, polled);
    const writing = Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
    for (const moment of MOMENTS) {
      await eventually(() => steady.events.length >= moment, { timeout: 60_000, interval: 1 });
      await worker.kill();
      worker = work();
    }
    await dies.kill();
    await eventually(() => moved.ended);
    const rest = new EventReader(stays.local.apiUrl, key).open(moved.events.at(-1)?.id ?? 0);
    readers.push(rest);
    await writing;

    const all = Array.from({ length: TOTAL }, (_, index) => index + 1);
    await eventually(() => steady.events.length >= TOTAL && moved.events.length + rest.events.length >= TOTAL, {
      timeout: 60_000,
    });
    await polling;
    expect(steady.events.map(({ id }) => id)).toEqual(all);
    expect([...moved.events, ...rest.events].map(({ id }) => id)).toEqual(all);
    expect(polled).toEqual(all);
    const [{ count }] = await traffic.rows<{ count: number }>(
      'select sum(size)::int as count from outbox where last_sequence is not null',
    );
    expect(count).toBe(TOTAL);
    // What a killed worker had under way is delivered again when its lease is over.
    await eventually(() => told.size === TOTAL, { timeout: 60_000 });
    expect([...told.values()].every((ids) => ids.size === 1)).toBe(true);
    expect(new Set([...told.values()].flatMap((ids) => [...ids])).size).toBe(TOTAL);
    await client.close();
    await assertCleanBooks({ gateway: traffic.url });
  }, 240_000);
});
