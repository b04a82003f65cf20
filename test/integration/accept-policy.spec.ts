import type { AppView, AuditEntryView } from '../../src/apps/app.view.js';
import { TestApi } from '../support/api.js';

const GOOD = '+85267000011';
const SINGAPORE = '+6581230001';
const UNASSIGNED = '+85211111111';

let api: TestApi;
let defaultRoute: string;

beforeAll(async () => {
  api = await TestApi.start();
  const [{ name, currency }] = await api.source.query<{ name: string; currency: string }[]>(
    'select name, currency from route',
  );
  defaultRoute = name;
  await api.source.query(
    `insert into route (name, position, currency, segments_per_second) values ('Second', 2, $1, 10), ('Third', 3, $1, 10)`,
    [currency],
  );
});
afterAll(() => api.stop());

/** An app with a key to send and read with. */
async function sender(policy: object): Promise<{
  app: AppView;
  send: (body: object, key?: string) => Answer;
  preview: (body: object) => Answer;
  key: string;
}> {
  const app = await api.createApp(policy);
  const { key } = await api.createKey(app.id, ['messages:send', 'messages:read']);
  const post = (address: string, body: object, idempotencyKey?: string) => {
    const call = api.call('post', address, key);
    if (idempotencyKey !== undefined) void call.set('Idempotency-Key', idempotencyKey);
    return call.send({ to: [SINGAPORE], text: 'hello', ...body });
  };
  return {
    app,
    key,
    send: (body, idempotencyKey) => post('/v1/messages', body, idempotencyKey),
    preview: (body) => post('/v1/messages/preview', body),
  };
}
type Answer = ReturnType<TestApi['call']>;

const codeOf = async (answer: Answer): Promise<[number, string | undefined]> => {
  const { status, body } = await answer;
  return [status, (body as { code?: string }).code];
};

describe('what an app may use', () => {
  test('is the first route and the default sender, as long as nothing else is said', async () => {
    const { send } = await sender({});
    expect((await send({})).status).toBe(202);
    expect((await send({ route: defaultRoute })).status).toBe(202);
    expect(await codeOf(send({ route: 'Second' }))).toEqual([403, 'route_not_allowed']);
    expect(await codeOf(send({ route: 'Nowhere' }))).toEqual([422, 'unknown_route']);
    expect(await codeOf(send({ from: 'Shop' }))).toEqual([403, 'sender_not_allowed']);
  });

  test('is what it lists, the first of it by default', async () => {
    const { send, preview, key } = await sender({ allowedRoutes: ['Third', 'Second'], allowedSenders: ['Shop'] });
    const answer = await send({ from: 'Shop' });
    expect(answer.status).toBe(202);
    const { id } = (answer.body as { messages: { id: string }[] }).messages[0];
    expect((await api.call('get', `/v1/messages/${id}`, key)).body).toMatchObject({ route: 'Second', from: 'Shop' });
    for (const post of [send, preview]) {
      expect(await codeOf(post({ route: defaultRoute }))).toEqual([403, 'route_not_allowed']);
      expect(await codeOf(post({ from: 'Bank' }))).toEqual([403, 'sender_not_allowed']);
    }
    const none = await sender({ allowedRoutes: ['gone'] });
    expect(await codeOf(none.send({}))).toEqual([403, 'route_not_allowed']);
  });

  test('is so many SMS a second', async () => {
    const { send } = await sender({ smsPerSecond: 1 });
    expect((await send({ to: Array.from({ length: 100 }, () => SINGAPORE) })).status).toBe(202);
    const refused = await send({});
    expect([refused.status, refused.body]).toEqual([429, expect.objectContaining({ code: 'rate_limited' })]);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(30);
  });
});

describe('strictness', () => {
  test('refuses numbers that look unassigned, and is a warning otherwise', async () => {
    const [strict, lenient] = [await sender({ strictNumbers: true }), await sender({})];
    expect(await codeOf(strict.send({ to: [GOOD, UNASSIGNED] }))).toEqual([422, 'unassigned_number']);
    expect((await strict.send({ to: [SINGAPORE] })).status).toBe(202);
    const answer = await lenient.send({ to: [SINGAPORE, UNASSIGNED] });
    expect(answer.status).toBe(202);
    expect((answer.body as { warnings: object[] }).warnings).toContainEqual({
      code: 'number_looks_unassigned',
      field: 'to[1]',
      text: expect.any(String) as string,
    });
    expect((await lenient.send({})).body).not.toHaveProperty('warnings');
  });

  test('refuses unmet duties of a direction, and is a warning otherwise', async () => {
    const china = { to: ['+8613800138000'] };
    const [strict, lenient] = [await sender({ strictSenders: true }), await sender({})];
    expect(await codeOf(strict.send(china))).toEqual([422, 'direction_duty_unmet']);
    expect(await codeOf(strict.preview(china))).toEqual([422, 'direction_duty_unmet']);
    const preview = (await lenient.preview(china)).body as { warnings: { code: string }[] };
    const answer = (await lenient.send(china)).body as { warnings: { code: string }[] };
    expect(answer.warnings).toEqual(preview.warnings);
    expect(answer.warnings.map(({ code }) => code)).toEqual(['registration_required', 'signature_required']);
    await api.call('patch', `/v1/apps/${strict.app.id}`).send({ registeredCountries: [86] });
    expect((await strict.send({ ...china, signature: { text: 'Shop' } })).status).toBe(202);
  });
});

describe('a repetition', () => {
  test('is answered with the same bytes, warnings included, whatever has changed meanwhile', async () => {
    const { app, send } = await sender({ allowedSenders: ['Shop'] });
    const validUntil = new Date(Date.now() + 3_600_000).toISOString();
    const body = { to: [GOOD, UNASSIGNED], from: 'Shop', validUntil };
    const first = await send(body, 'order-1');
    expect(first.status).toBe(202);
    expect((first.body as { warnings: object[] }).warnings.length).toBeGreaterThan(0);
    expect((await send(body, 'order-1')).text).toBe(first.text);
    await api.call('patch', `/v1/apps/${app.id}`).send({ allowedSenders: [], strictNumbers: true });
    const again = await send(body, 'order-1');
    expect([again.status, again.text]).toEqual([202, first.text]);
    expect(await codeOf(send({ ...body, text: 'other' }, 'order-1'))).toEqual([422, 'idempotency_key_reused']);
    expect(await codeOf(send(body, 'order-2'))).toEqual([403, 'sender_not_allowed']);
  });
});

describe('a cancellation', () => {
  test('is in the audit trail', async () => {
    const { send, key, app } = await sender({});
    const { body } = await send({});
    const { id } = (body as { messages: { id: string }[] }).messages[0];
    expect((await api.call('post', `/v1/messages/${id}/cancel`, key)).status).toBe(200);
    expect(await codeOf(api.call('post', `/v1/messages/${id}/cancel`, key))).toEqual([409, 'not_cancellable']);
    const trail = (await api.call('get', '/v1/audit').query({ objectId: id })).body as { items: AuditEntryView[] };
    expect(trail.items).toMatchObject([{ action: 'message.cancelled', by: { appId: app.id } }]);
  });
});
