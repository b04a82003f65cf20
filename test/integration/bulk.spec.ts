import { randomBytes } from 'node:crypto';

import { RateLimits } from '../../src/apps/rate-limits.service.js';
import { sandboxApiKey } from '../../src/apps/api-key.js';
import { SystemClock } from '../../src/clock/clock.js';
import { Database } from '../../src/database/database.js';
import { claim } from '../../src/database/statements/claim.js';
import {
  abandonUploads,
  clearRows,
  forgetBulkTexts,
  paceBulk,
  recountStretches,
} from '../../src/database/statements/bulk-progress.js';
import { BulkStatus } from '../../src/messaging/domain/bulk-status.js';
import { BulkFeeder } from '../../src/messaging/bulk/bulk-feeder.js';
import type { BulkView } from '../../src/messaging/bulk/bulk.view.js';
import { uuidv7 } from '../../src/uuid.js';
import { runAudit } from '../../scripts/audit/audit.js';
import { auditFaults } from '../support/audit.js';
import { eventually } from '../support/eventually.js';
import { TestApi } from '../support/api.js';

let api: TestApi;
let database: Database;
let limits: RateLimits;
let feeder: BulkFeeder;

beforeAll(async () => {
  api = await TestApi.start();
  database = new Database({ url: api.databaseUrl, connections: 4, name: 'test' });
  limits = new RateLimits(database);
  feeder = new BulkFeeder(database, limits, new SystemClock(), api.runtime.config, api.runtime.logger);
});
afterAll(async () => {
  await limits.onApplicationShutdown();
  await database.close();
  try {
    // Nothing is sent here: what takes packets out of the queue leaves their messages waiting.
    const faults = auditFaults(await runAudit({ gateway: api.databaseUrl }));
    expect(faults.filter((fault) => !fault.startsWith('waiting:'))).toEqual([]);
  } finally {
    await api.stop();
  }
});

interface Uploaded {
  readonly status: number;
  readonly view: BulkView;
  readonly code: string | undefined;
  readonly detail: string | undefined;
}

interface UploadOptions {
  readonly type?: string;
  readonly key?: string;
  /** API key; default: the sandbox's. */
  readonly by?: string;
}

async function upload(
  query: Record<string, string>,
  file: string | Buffer,
  options: UploadOptions = {},
): Promise<Uploaded> {
  const { type = 'text/csv', key, by = sandboxApiKey(api.runtime.secrets) } = options;
  const response = await fetch(`${api.url}/v1/bulk?${new URLSearchParams(query).toString()}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${by}`,
      'content-type': type,
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    },
    body: typeof file === 'string' ? file : new Uint8Array(file),
  });
  const body = (await response.json()) as BulkView & { code?: string; detail?: string };
  return { status: response.status, view: body, code: body.code, detail: body.detail };
}

const number = (index: number): string => `+852${67_000_000 + index}`;
let nextNumber = 0;
/** CSV of so many rows, of numbers that no other file has. */
function fileOf(count: number, cells: (index: number) => string = (index) => `name ${index}`): string {
  const first = nextNumber;
  nextNumber += count;
  return [
    'to,name',
    ...Array.from({ length: count }, (_, index) => `${number(first + index)},${cells(index)}`),
    '',
  ].join('\n');
}

const find = async (id: string): Promise<BulkView> => (await api.call('get', `/v1/bulk/${id}`)).body as BulkView;
const rejectedOf = async (id: string): Promise<string> => (await api.call('get', `/v1/bulk/${id}/rejected`)).text;

/** What is held of the sandbox's app, from its entries; the balances must say the same. */
async function held(): Promise<number> {
  const [{ amount, balance }] = await api.source.query<{ amount: string; balance: string }[]>(`
    select (select coalesce(sum(case kind when 'hold' then amount else -amount end), 0) from ledger_entry) as amount,
      (select coalesce(sum(case kind when 'hold' then amount else -amount end), 0) from balance) as balance`);
  expect(Number(amount)).toBe(Number(balance));
  return Number(amount);
}

interface QueuedPacket {
  readonly text: string | null;
  readonly members: number[];
  readonly far: boolean;
}

const packetsOf = (id: string): Promise<QueuedPacket[]> =>
  api.source.query(
    `select p.text, p.members, p.due_at > now() + interval '1 year' as far
     from bulk_stretch s join packet p using (submission_id) where s.bulk_id = $1 order by p.id`,
    [id],
  );

/** Puts everything out of the way that other tests left in the queue. */
const emptyQueue = () => api.source.query('delete from packet');
beforeEach(emptyQueue);

describe('loading', () => {
  test('takes a file in, holds its cost, and says what it is', async () => {
    const before = await held();
    const { status, view } = await upload({ text: 'Dear {{name}}', name: 'first' }, fileOf(3));
    expect([status, view]).toMatchObject([
      202,
      {
        name: 'first',
        status: 'running',
        reason: null,
        rows: 3,
        accepted: 3,
        rejected: 0,
        line: 4,
        messages: { queued: 3 },
        cost: [{ countryCode: 852, messages: 3, segments: 3 }],
        total: { amount: '1.05', currency: 'HKD' },
      },
    ]);
    expect(await held()).toBeCloseTo(before + 1.05, 8);
    expect(await find(view.id)).toEqual(view);
    const { body } = await api.call('get', '/v1/bulk?limit=1');
    expect((body as { items: BulkView[] }).items.map(({ id }) => id)).toEqual([view.id]);
  });

  test('rejects rows with line and reason, as a CSV file that no spreadsheet runs', async () => {
    const file = [
      'to,name,code',
      `${number(900_000)},Ann,1`,
      'nonsense,Bob,2',
      '=1+1,Carl,3',
      '+85212,Dora,4',
      '+8613800138000,Emil,5',
      `${number(900_001)},Fritz`,
      `${number(900_002)},"${'long '.repeat(400)}",7`,
      `${number(900_003)},G\0,8`,
      '+3725123456,Hugo,9',
      `${number(900_004)},=HYPERLINK(1),10`,
    ].join('\r\n');
    const { status, view } = await upload({ text: '{{name}} {{code}}' }, file);
    expect([status, view.rows, view.accepted]).toEqual([202, 10, 3]);
    const lines = (await rejectedOf(view.id)).trim().split('\r\n');
    expect(lines[0]).toBe('line,code,reason');
    expect(lines.slice(1).map((line) => line.split(',').slice(0, 2).join(' '))).toEqual([
      '3 malformed_number',
      '4 malformed_number',
      '5 impossible_number',
      '7 ragged_row',
      '8 content_too_long',
      '9 unstorable_text',
      '10 unpriced_area',
    ]);
    await feeder.round();
    expect((await packetsOf(view.id)).map(({ text }) => text)).toEqual(['Ann 1', 'Emil 5', '=HYPERLINK(1) 10']);
  });

  test('reads NDJSON, and numbers in parts', async () => {
    const file = [
      `{"to":"${number(910_000)}","name":"Ann"}`,
      '{"to":{"countryCode":852,"msisdn":"67910001"},"name":7}',
      '{"to":5}',
      'x',
    ].join('\n');
    const { view } = await upload({ text: 'Hi {{name}}' }, file, { type: 'application/x-ndjson' });
    expect([view.accepted, view.rejected]).toEqual([2, 2]);
    expect(await rejectedOf(view.id)).toContain('3,malformed_number');
  });

  test.each<[Record<string, string>, string, number, string]>([
    [{ text: 'x' }, 'number,name\n+1,x', 422, 'invalid_bulk_file'],
    [{ text: 'x {{code}}' }, 'to,name\n+1,x', 422, 'invalid_bulk_file'],
    [{ text: 'x {{' }, 'to\n+1', 422, 'malformed_template'],
    [{ text: 'x'.repeat(1600) }, 'to\n+1', 422, 'content_too_long'],
    [{}, 'to\n+1', 400, 'invalid_request'],
    [{ text: 'x', template: 'otp' }, 'to\n+1', 400, 'invalid_request'],
    [{ template: 'unknown' }, 'to\n+1', 422, 'unknown_template'],
    [{ text: 'x', route: 'unknown' }, 'to\n+1', 422, 'unknown_route'],
    [{ text: 'x', typo: '1' }, 'to\n+1', 400, 'invalid_request'],
    [{ text: 'x', id: 'x' }, 'to\n+1', 404, 'bulk_not_found'],
    [
      { text: 'x', sendAt: '2020-01-01T00:00:00Z', validUntil: '2020-01-02T00:00:00Z' },
      'to\n+1',
      422,
      'invalid_schedule',
    ],
  ])('refuses %j: %j', async (query, file, status, code) => {
    const refused = await upload(query, file);
    expect([refused.status, refused.code]).toEqual([status, code]);
  });

  test('refuses what it can not read', async () => {
    for (const type of ['application/json', 'text/csv; charset=windows-1252']) {
      const { status, code } = await upload({ text: 'x' }, '{}', { type });
      expect([status, code]).toEqual([415, 'unsupported_media_type']);
    }
  });

  test('a dry run prices and judges, and sends and holds nothing', async () => {
    const before = await held();
    const { status, view } = await upload({ text: 'x', dryRun: 'true' }, `${fileOf(2)}nonsense,x\n`);
    expect([status, view]).toMatchObject([
      202,
      { status: 'checked', dryRun: true, accepted: 2, rejected: 1, total: { amount: '0.70' } },
    ]);
    expect(await rejectedOf(view.id)).toContain('4,malformed_number');
    expect(await held()).toBe(before);
    await feeder.round();
    expect(await packetsOf(view.id)).toEqual([]);
  });

  test('the same file with the same text is recognised; with another text, or by force, it is another bulk', async () => {
    const file = fileOf(2);
    const first = await upload({ text: 'once' }, file);
    const before = await held();
    const again = await upload({ text: 'once', name: 'another name' }, file);
    expect([again.status, again.code]).toEqual([409, 'bulk_duplicate']);
    expect(again.detail).toContain(first.view.id);
    expect(await held()).toBe(before);
    expect((await upload({ text: 'twice' }, file)).status).toBe(202);
    expect((await upload({ text: 'once', force: 'true' }, file)).status).toBe(202);
    await api.call('post', `/v1/bulk/${first.view.id}/cancel`);
  });

  test('a repetition with the same Idempotency-Key is the same bulk; with another file or text it is refused', async () => {
    const file = fileOf(2);
    const first = await upload({ text: 'key' }, file, { key: 'bulk-key' });
    const again = await upload({ text: 'key' }, file, { key: 'bulk-key' });
    expect([again.status, again.view.id]).toEqual([202, first.view.id]);
    const otherText = await upload({ text: 'other' }, file, { key: 'bulk-key' });
    const otherFile = await upload({ text: 'key' }, fileOf(3), { key: 'bulk-key' });
    for (const { status, code } of [otherText, otherFile])
      expect([status, code]).toEqual([422, 'idempotency_key_reused']);
  });

  test('a bulk is its app’s alone', async () => {
    const { view } = await upload({ text: 'mine' }, fileOf(1));
    const app = await api.createApp();
    const { key } = await api.createKey(app.id, ['messages:send', 'messages:read']);
    for (const step of ['pause', 'resume', 'cancel'])
      expect((await api.call('post', `/v1/bulk/${view.id}/${step}`, key)).status).toBe(404);
    for (const path of ['', '/rejected', '/submissions'])
      expect((await api.call('get', `/v1/bulk/${view.id}${path}`, key)).status).toBe(404);
  });
});

describe('sending', () => {
  test('moves rows to the queue: those of the same text share packets, no number is twice in one', async () => {
    const { view } = await upload(
      { text: '{{name}}' },
      fileOf(450, (index) => (index < 440 ? 'same' : `own ${index}`)),
    );
    while (await feeder.round());
    const packets = await packetsOf(view.id);
    expect(packets.map(({ members }) => members.length)).toEqual([
      200,
      200,
      40,
      ...Array.from({ length: 10 }, () => 1),
    ]);
    const { body } = await api.call('get', `/v1/bulk/${view.id}/submissions`);
    const { items } = body as { items: { id: string; messages: number }[] };
    expect(items).toMatchObject([{ messages: 450 }]);
    const list = await api.call('get', `/v1/messages?submissionId=${items[0]?.id}&limit=1000`);
    const messages = (list.body as { items: { status: string; to: string }[] }).items;
    expect(new Set(messages.map(({ status }) => status))).toEqual(new Set(['queued']));
    expect(new Set(messages.map(({ to }) => to)).size).toBe(450);
    expect(await api.source.query('select from bulk_row where bulk_id = $1', [view.id])).toEqual([]);
  });

  test('moves no more than a stretch beyond what the queue takes', async () => {
    const { view } = await upload(
      { text: 'x {{name}}' },
      fileOf(9000, () => 'y'),
    );
    while (await feeder.round());
    const { accepted, messages } = await find(view.id);
    const [{ moved }] = await api.source.query<{ moved: number }[]>('select moved from bulk where id = $1', [view.id]);
    expect([accepted, messages.queued]).toEqual([9000, 9000]);
    expect(moved).toBeLessThan(9000);
    expect(moved).toBeGreaterThanOrEqual(4000);
    await api.call('post', `/v1/bulk/${view.id}/cancel`);
  });

  test('a pause holds back what was moved, and a resume lets it go', async () => {
    const { view } = await upload({ text: 'pause' }, fileOf(10));
    await feeder.round();
    expect((await packetsOf(view.id)).map(({ far }) => far)).toEqual([false]);
    const paused = await api.call('post', `/v1/bulk/${view.id}/pause`);
    expect((paused.body as BulkView).status).toBe('paused');
    expect((await packetsOf(view.id)).map(({ far }) => far)).toEqual([true]);
    expect(await feeder.round()).toBe(false);
    expect((await api.call('post', `/v1/bulk/${view.id}/pause`)).status).toBe(200);
    const resumed = await api.call('post', `/v1/bulk/${view.id}/resume`);
    expect((resumed.body as BulkView).status).toBe('running');
    expect((await packetsOf(view.id)).map(({ far }) => far)).toEqual([false]);
  });

  test('a cancel releases what is held of rows and of queued messages, and lets go on what is being sent', async () => {
    const before = await held();
    const { view } = await upload({ text: 'cancel' }, fileOf(9000));
    expect(await held()).toBeCloseTo(before + 3150, 6);
    await feeder.round();
    const [claimed] = await claim(database, {
      workerId: uuidv7(Date.now(), randomBytes(10)),
      attemptIds: [uuidv7(Date.now(), randomBytes(10))],
      now: Date.now() + 1000,
      window: 60_000,
      proven: [1],
      probing: [],
      keptForNormal: 0,
    });
    expect(claimed?.members).toHaveLength(200);
    const { body } = await api.call('post', `/v1/bulk/${view.id}/cancel`);
    expect(body).toMatchObject({ status: 'cancelled' });
    expect(await held()).toBeCloseTo(before + 200 * 0.35, 6);
    expect((await packetsOf(view.id)).length).toBe(1);
    await recountStretches(database, 100);
    expect((await find(view.id)).messages).toMatchObject({ queued: 200, cancelled: 8800 });
    for (const step of ['pause', 'resume']) {
      const refused = await api.call('post', `/v1/bulk/${view.id}/${step}`);
      expect([refused.status, (refused.body as { code: string }).code]).toEqual([409, 'bulk_status']);
    }
    expect((await api.call('post', `/v1/bulk/${view.id}/cancel`)).status).toBe(200);
    expect(await held()).toBeCloseTo(before + 200 * 0.35, 6);
  });

  test('waits for sendAt, for an app’s rate, and for its resume when it is not to be started', async () => {
    const sendAt = new Date(Date.now() + 3_600_000).toISOString();
    const later = await upload({ text: 'later', sendAt }, fileOf(1));
    expect(later.view.status).toBe('scheduled');
    const ready = await upload({ text: 'ready', start: 'false' }, fileOf(1));
    expect(ready.view.status).toBe('ready');
    await feeder.round();
    expect([await packetsOf(later.view.id), await packetsOf(ready.view.id)]).toEqual([[], []]);
    const resumed = await api.call('post', `/v1/bulk/${ready.view.id}/resume`);
    expect((resumed.body as BulkView).status).toBe('running');
    await feeder.round();
    expect(await packetsOf(ready.view.id)).toHaveLength(1);

    const app = await api.createApp({ allowedRoutes: ['*'], smsPerSecond: 1 });
    const { key } = await api.createKey(app.id, ['messages:send', 'messages:read']);
    const slow = await upload({ text: 'slow' }, fileOf(50), { by: key });
    await feeder.round();
    await feeder.round();
    expect((await packetsOf(slow.view.id)).length).toBeLessThan(3);
  });

  test('is done when all has left the queue, and says how fast it went', async () => {
    const { view } = await upload({ text: 'done' }, fileOf(5));
    await feeder.round();
    expect(await paceBulk(database, view.id, Date.now())).toBe(false);
    expect((await find(view.id)).progress).toMatchObject({ handedOver: 0, waiting: 5 });
    await emptyQueue();
    expect(await paceBulk(database, view.id, Date.now())).toBe(true);
    const { status, progress, endedAt } = await find(view.id);
    expect([status, progress.handedOver, progress.waiting]).toEqual(['done', 5, 0]);
    expect(endedAt).not.toBeNull();
  });
});

describe('keeping', () => {
  const rowsOf = async (id: string): Promise<number> =>
    (await api.source.query<unknown[]>('select from bulk_row where bulk_id = $1', [id])).length;

  test('an upload that nobody has taken up for a week fails, and its rows are removed; a fresh one is left alone', async () => {
    const [stale, fresh] = [
      await upload({ text: 'stale', start: 'false' }, fileOf(3)),
      await upload({ text: 'fresh', start: 'false' }, fileOf(3)),
    ].map(({ view }) => view.id);
    // As a connection that breaks leaves it.
    await api.source.query(
      `update bulk set status = $2, loaded_at = case id when $3 then now() - interval '8 days' else now() end
       where id = any($1)`,
      [[stale, fresh], BulkStatus.loading, stale],
    );
    expect(await abandonUploads(database, Date.now())).toBe(1);
    expect([(await find(stale)).status, (await find(fresh)).status]).toEqual(['failed', 'loading']);
    while ((await clearRows(database, 5000)) === 5000);
    expect([await rowsOf(stale), await rowsOf(fresh)]).toEqual([0, 3]);
    await api.call('post', `/v1/bulk/${fresh}/cancel`);
  });

  test('the text of a bulk is forgotten when its messages have ended, so many days after it has', async () => {
    const textOf = async (id: string): Promise<unknown> =>
      (await api.source.query<{ text: unknown }[]>('select text from bulk where id = $1', [id]))[0]?.text;
    const { view } = await upload({ text: 'forget me' }, fileOf(2));
    await feeder.round();
    await api.call('post', `/v1/bulk/${view.id}/cancel`);
    await eventually(async () => {
      await api.source.query('update bulk_stretch set count_at = now() where bulk_id = $1', [view.id]);
      await recountStretches(database, 100);
      await forgetBulkTexts(database, Date.parse((await find(view.id)).endedAt ?? ''));
      expect(await textOf(view.id)).toBe('forget me');
      expect(await forgetBulkTexts(database, Date.now() + 1000)).toBeGreaterThanOrEqual(1);
      expect(await textOf(view.id)).toBeNull();
    });
  });
});
