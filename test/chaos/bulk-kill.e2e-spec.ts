import { Readable } from 'node:stream';
import { Client } from 'pg';
import { Agent, request } from 'undici';

import type { BulkView } from '../../src/messaging/bulk/bulk.view.js';
import { eventually } from '../support/eventually.js';
import { auditHalves, embeddedDatabase, Programs, type TestProgram } from '../support/program.js';

const PATIENCE = { timeout: 120_000, interval: 100 };
const ROWS = 3000;
/** Rows of the file that come before the upload stalls: one commit, and some that were read and not committed. */
const STALL = 2500;
const HEADER = 'to,name\n';
const KEY = 'bulk-kill';

const number = (index: number): string => `+852610${10_000 + index}`;
/** Every number once; ten texts, so that rows share packets. None has an ending that the simulated handsets make something of. */
const NUMBERS = Array.from({ length: ROWS * 2 }, (_, index) => number(index))
  .filter((number) => /[1-6]\d\d\d$/.test(number))
  .slice(0, ROWS);
const lines = (from: number, to: number): string =>
  NUMBERS.slice(from, to)
    .map((number, index) => `${number},name ${(from + index) % 10}\n`)
    .join('');

const programs = new Programs();
const agent = new Agent();
afterEach(() => programs.cleanUp());
afterAll(() => agent.close());

/** Sends the file, or what there is of it, with an Idempotency-Key. */
async function upload({ local }: TestProgram, sendAt: string, body: Readable | string): Promise<BulkView> {
  const query = new URLSearchParams({ text: 'Dear {{name}}', sendAt }).toString();
  const answer = await request(`${local.apiUrl}/v1/bulk?${query}`, {
    method: 'POST',
    dispatcher: agent,
    headers: { authorization: `Bearer ${local.apiKey}`, 'content-type': 'text/csv', 'idempotency-key': KEY },
    body,
  });
  const text = await answer.body.text();
  expect([answer.statusCode, text]).toEqual([202, expect.any(String)]);
  return JSON.parse(text) as BulkView;
}

async function bulks({ gateway }: TestProgram): Promise<readonly BulkView[]> {
  const { items } = await gateway.http.expect<{ items: BulkView[] }>(200, 'GET', '/v1/bulk');
  return items;
}

/** A connection of our own to the gateway's database. */
async function connect(dataDir: string): Promise<Client> {
  const client = new Client({ connectionString: embeddedDatabase(dataDir, 'gateway') });
  await client.connect();
  return client;
}

/**
 * Kills the program while a statement of it is held up in its middle: it wants to count its rows by country, and somebody else has
 * the row of the country locked.
 */
async function killInsideOfStatement(
  program: TestProgram,
  client: Client,
  begin: () => Promise<unknown>,
): Promise<void> {
  await client.query('begin');
  await client.query('select from bulk_price for update');
  const begun = begin();
  await eventually(
    async () => {
      // Within a transaction PostgreSQL would show the same moment again and again.
      await client.query('select pg_stat_clear_snapshot()');
      const { rowCount } = await client.query(
        `select from pg_stat_activity where wait_event_type = 'Lock' and query like '%bulk_row%' and pid <> pg_backend_pid()`,
      );
      expect(rowCount).toBe(1);
    },
    { ...PATIENCE, interval: 20 },
  );
  await program.kill();
  await begun;
  await client.query('rollback');
}

/** Waits until the server has noticed that the program is gone: what it was told last is committed or will never be. */
async function untilDisconnected(client: Client): Promise<void> {
  await eventually(async () => {
    const { rowCount } = await client.query(
      `select from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()`,
    );
    expect(rowCount).toBe(0);
  }, PATIENCE);
}

it('kill -9 between commits of an upload, inside of one, and inside of a move to the queue: each number is sent to once', async () => {
  const dataDir = programs.dataDirectory();
  const sendAt = new Date(Date.now() + 3_600_000).toISOString();

  // Between commits: the first is stored, and what was read beyond it is gone.
  const first = await programs.start({}, dataDir);
  const stalled = new Readable({ read: () => undefined });
  stalled.push(HEADER + lines(0, STALL));
  const broken = upload(first, sendAt, stalled).catch((error: unknown) => error);
  await eventually(async () => expect((await bulks(first))[0]?.rows).toBe(2000), PATIENCE);
  await first.kill();
  expect(await broken).toBeInstanceOf(Error);

  // Inside of a commit: the second one, of the upload that goes on.
  const client = await connect(dataDir);
  try {
    await untilDisconnected(client);
    const second = await programs.start({}, dataDir);
    const [{ id }] = await bulks(second);
    await killInsideOfStatement(second, client, () =>
      Promise.resolve(upload(second, sendAt, HEADER + lines(0, ROWS)).catch(() => undefined)),
    );
    await untilDisconnected(client);

    // The same file once more: what is stored of it is skipped.
    const third = await programs.start({}, dataDir);
    const view = await upload(third, sendAt, HEADER + lines(0, ROWS));
    expect(view).toMatchObject({ id, status: 'scheduled', rows: ROWS, accepted: ROWS, rejected: 0 });

    // Inside of a move to the queue.
    await killInsideOfStatement(third, client, async () => {
      await third.gateway.advanceClock('2h').catch(() => undefined);
    });
    await untilDisconnected(client);
  } finally {
    await client.end();
  }

  const last = await programs.start({}, dataDir);
  await eventually(async () => {
    const [bulk] = await bulks(last);
    expect(bulk).toMatchObject({ status: 'done', messages: { queued: 0, submitted: 0, delivered: ROWS } });
  }, PATIENCE);
  const left = [...NUMBERS];
  const wrong: string[] = [];
  const lookUp = async (): Promise<void> => {
    for (let number = left.pop(); number !== undefined; number = left.pop())
      if ((await last.platform.inbox(number)).length !== 1) wrong.push(number);
  };
  await Promise.all(Array.from({ length: 8 }, lookUp));
  expect(wrong).toEqual([]);
  await auditHalves(embeddedDatabase(dataDir, 'gateway'), embeddedDatabase(dataDir, 'platform'));
}, 300_000);
