import { RateLimits } from '../../src/apps/rate-limits.service.js';
import { SystemClock } from '../../src/clock/clock.js';
import { Database } from '../../src/database/database.js';
import { BulkFeeder } from '../../src/messaging/bulk/bulk-feeder.js';
import type { BulkView } from '../../src/messaging/bulk/bulk.view.js';
import type { OptOutImportView, OptOutLookupView, OptOutView } from '../../src/messaging/opt-outs/opt-out.view.js';
import { eventually } from '../support/eventually.js';
import { type Method, TestApi } from '../support/api.js';

let api: TestApi;
let app: { id: number; key: string };
let other: { id: number; key: string };

beforeAll(async () => {
  api = await TestApi.start();
  [app, other] = [await newApp(), await newApp()];
});
afterAll(() => api.stop());

async function newApp(): Promise<{ id: number; key: string }> {
  const { id } = await api.createApp({ allowedRoutes: ['*'] });
  return { id, key: (await api.createKey(id, ['messages:send', 'messages:read', 'opt-outs:manage'])).key };
}

const call = (method: Method, address: string, by = app) => api.call(method, address, by.key);
const send = (to: unknown[], by = app) => call('post', '/v1/messages', by).send({ to, text: 'hello' });
const optOut = async (to: unknown[], by = app): Promise<void> => {
  expect((await call('post', '/v1/opt-outs', by).send({ to })).status).toBe(201);
};
const upload = async (file: string, query = ''): Promise<BulkView> => {
  const answer = await call('post', `/v1/bulk?text=hello${query}`).type('text/csv').send(file);
  expect([answer.status, answer.text]).toEqual([202, expect.any(String)]);
  return answer.body as BulkView;
};

test('a message to who has opted out is refused, naming him; another app and other numbers are not concerned', async () => {
  expect((await send(['+85267100001'])).status).toBe(202);
  await optOut(['+85267100001', { countryCode: 852, msisdn: '67100002' }]);
  const refused = await send(['+85267100009', '+852 6710-0001', '+85267100002']);
  const { code, errors } = refused.body as { code: string; errors: { field: string }[] };
  expect([refused.status, code, errors.map(({ field }) => field)]).toEqual([422, 'opted_out', ['to[1]', 'to[2]']]);
  expect((await send(['+85267100009'])).status).toBe(202);
  expect((await send(['+85267100001'], other)).status).toBe(202);
});

test('a repetition of what was taken in before the opt-out gets the same answer', async () => {
  const body = { to: ['+85267100010'], text: 'hello' };
  const first = await call('post', '/v1/messages').set('Idempotency-Key', 'before').send(body);
  await optOut(['+85267100010']);
  const again = await call('post', '/v1/messages').set('Idempotency-Key', 'before').send(body);
  expect([again.status, again.text]).toEqual([202, first.text]);
});

test('an opt-out from all apps concerns every app, which sees it, and only an operator changes it', async () => {
  expect((await call('post', '/v1/global-opt-outs').send({ to: ['+85267100020'] })).status).toBe(403);
  const made = await api.call('post', '/v1/global-opt-outs').send({ to: ['+85267100020'], note: 'STOP' });
  expect([made.status, made.body]).toEqual([201, { added: 1, known: 0 }]);
  for (const by of [app, other]) expect((await send(['+85267100020'], by)).status).toBe(422);
  const { body } = await call('get', '/v1/opt-outs/85267100020');
  expect((body as OptOutLookupView).optOuts).toMatchObject([{ from: 'all', note: 'STOP' }]);
  expect((await call('delete', '/v1/opt-outs/85267100020')).status).toBe(404);
  expect((await api.call('delete', '/v1/global-opt-outs/85267100020')).status).toBe(204);
  expect((await send(['+85267100020'])).status).toBe(202);
});

test('lists say who and when, masked; numbers are in clear nowhere but in an export', async () => {
  await optOut(['+85267100030'], other);
  await optOut(['+85267100031'], other);
  const first = await call('get', '/v1/opt-outs?limit=1', other);
  const { items, nextCursor } = first.body as { items: OptOutView[]; nextCursor: string };
  expect(items).toMatchObject([{ number: '+852••••••30', from: 'app', createdBy: expect.any(String) as string }]);
  const rest = await call('get', `/v1/opt-outs?cursor=${nextCursor}`, other);
  expect((rest.body as { items: OptOutView[] }).items.map(({ number }) => number)).toEqual(['+852••••••31']);
  const exported = await call('get', '/v1/opt-outs/export', other);
  expect(exported.text.split('\r\n').slice(0, 2)).toEqual([
    'to,note,created_at,created_by',
    expect.stringMatching(/^85267100030,,20/) as string,
  ]);
  const stored = await api.source.query<object[]>(
    `select from opt_out where opt_out::text like '%67100030%'
     union all select from audit_entry where audit_entry::text like '%67100030%'`,
  );
  expect(stored).toEqual([]);
});

test('a file is imported, its faults are told, and an export can be imported', async () => {
  const file =
    "to,note\n+85267100040,a\n'+85267100041,b\n85267100042,c\nnonsense,d\n+85267100040,again\n+85267100043,x,y\n";
  const importer = await newApp();
  const answer = await call('post', '/v1/opt-outs/import', importer).type('text/csv').send(file);
  const { faults, ...totals } = answer.body as OptOutImportView;
  expect([answer.status, totals]).toEqual([200, { added: 3, known: 0, rejected: 2 }]);
  expect(faults.map(({ line, code }) => [line, code])).toEqual([
    [5, 'malformed_number'],
    [7, 'ragged_row'],
  ]);
  expect((await send(['+85267100041'], importer)).status).toBe(422);
  const { text } = await call('get', '/v1/opt-outs/export', importer);
  const again = await call('post', '/v1/opt-outs/import', importer).type('text/csv').send(text);
  expect(again.body).toEqual({ added: 0, known: 3, rejected: 0, faults: [] });
  const headless = await call('post', '/v1/opt-outs/import', importer).type('text/csv').send('number\n+85267100040');
  expect([headless.status, (headless.body as { code: string }).code]).toEqual([422, 'invalid_bulk_file']);
});

test('a bulk rejects rows of who has opted out, also while it waits, and releases what it held for them', async () => {
  await optOut(['+85267100051']);
  const sendAt = new Date(Date.now() + 60_000).toISOString();
  const bulk = await upload('to\n+85267100050\n+85267100051\n+85267100052\n', `&sendAt=${sendAt}`);
  expect([bulk.accepted, bulk.rejected]).toEqual([2, 1]);
  await optOut(['+85267100052']);
  await api.source.query(`update bulk set send_at = now() - interval '1 second' where id = $1`, [bulk.id]);

  const database = new Database({ url: api.databaseUrl, connections: 2, name: 'test' });
  const limits = new RateLimits(database);
  const feeder = new BulkFeeder(database, limits, new SystemClock(), api.runtime.config, api.runtime.logger);
  try {
    await eventually(async () => {
      await feeder.round();
      expect((await api.source.query('select from bulk_row where bulk_id = $1', [bulk.id])).length).toBe(0);
    });
  } finally {
    await limits.onApplicationShutdown();
    await database.close();
  }
  const view = (await call('get', `/v1/bulk/${bulk.id}`)).body as BulkView;
  expect([view.accepted, view.rejected, view.messages.queued]).toEqual([1, 2, 1]);
  const rejected = (await call('get', `/v1/bulk/${bulk.id}/rejected`)).text;
  expect(
    rejected
      .split('\r\n')
      .slice(1, 3)
      .map((line) => line.split(',').slice(0, 2)),
  ).toEqual([
    ['3', 'opted_out'],
    ['4', 'opted_out'],
  ]);
  const entries = await api.source.query<{ kind: string; quantity: number }[]>(
    'select kind, quantity::int from ledger_entry where source_id = $1 order by kind',
    [bulk.id],
  );
  expect(entries).toEqual([
    { kind: 'hold', quantity: 2 },
    { kind: 'release', quantity: 1 },
  ]);
});
