import type { ApiKeyView, AppView, AuditEntryView, NewApiKeyView } from '../../src/apps/app.view.js';
import type { KeyHolder } from '../../src/apps/caller.js';
import { UNRESTRICTED } from '../../src/apps/domain/app-policy.js';
import { RateLimits } from '../../src/apps/rate-limits.service.js';
import { Database } from '../../src/database/database.js';
import { type Method, TestApi } from '../support/api.js';

let api: TestApi;

beforeAll(async () => {
  api = await TestApi.start();
});
afterAll(() => api.stop());

const call = (method: Method, address: string, key?: string) => api.call(method, address, key);
const createApp = (body?: object): Promise<AppView> => api.createApp(body);
const trail = async (query: Record<string, string | number>): Promise<AuditEntryView[]> => {
  const answer = await call('get', '/v1/audit').query(query);
  expect(answer.status).toBe(200);
  return (answer.body as { items: AuditEntryView[] }).items;
};
const statusOf = async (key: string): Promise<number> => (await call('get', '/v1/messages', key)).status;

describe('apps', () => {
  test('are made with nothing allowed but the defaults, read, listed and changed', async () => {
    const app = await createApp({ name: 'shop' });
    expect(app).toEqual({
      id: expect.any(Number) as number,
      name: 'shop',
      strictNumbers: false,
      strictSenders: false,
      allowedRoutes: [],
      allowedSenders: [],
      registeredCountries: [],
      requestsPerSecond: null,
      smsPerSecond: null,
      createdAt: expect.stringMatching(/Z$/) as string,
    });
    const wanted = { allowedRoutes: ['*'], allowedSenders: ['Shop'], strictNumbers: true, smsPerSecond: 5 };
    const changed = await call('patch', `/v1/apps/${app.id}`).send(wanted);
    expect([changed.status, changed.body]).toEqual([200, Object.assign(app, wanted)]);
    expect((await call('get', `/v1/apps/${app.id}`)).body).toEqual(Object.assign(app, wanted));
    await createApp();
    const names: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { body } = await call('get', '/v1/apps').query(cursor === '' ? { limit: 1 } : { limit: 1, cursor });
      const page = body as { items: AppView[]; nextCursor: string | null };
      names.push(...page.items.map(({ name }) => name));
      cursor = page.nextCursor;
    }
    expect(names).toEqual(expect.arrayContaining(['sandbox', 'shop']));
    expect(new Set(names).size).toBe(names.length);
  });

  test('have names of their own, and are refused what makes no sense', async () => {
    const { id } = await createApp({ name: 'twice' });
    const other = await createApp();
    const again = await call('post', '/v1/apps').send({ name: 'twice' });
    expect([again.status, again.body]).toEqual([409, expect.objectContaining({ code: 'app_exists' })]);
    expect((await call('patch', `/v1/apps/${other.id}`).send({ name: 'twice' })).body).toMatchObject({
      code: 'app_exists',
    });
    for (const [field, value] of Object.entries({
      name: 'A b',
      strictNumbers: 'yes',
      allowedRoutes: 'R1',
      allowedSenders: ['é'],
      registeredCountries: [0],
      requestsPerSecond: 0,
      smsPerSecond: 1.5,
      keys: [],
    })) {
      const answer = await call('patch', `/v1/apps/${id}`).send({ [field]: value });
      expect([answer.status, (answer.body as { errors: { field: string }[] }).errors[0]?.field]).toEqual([400, field]);
    }
    for (const unknown of ['0', '999999', '99999999999', 'x', '1%20']) {
      expect((await call('get', `/v1/apps/${unknown}`)).body).toMatchObject({ status: 404, code: 'app_not_found' });
    }
  });
});

describe('keys', () => {
  test('are shown once', async () => {
    const app = await createApp();
    const { key, ...view } = await api.createKey(app.id);
    expect(key).toMatch(/^csk_[\w-]{43}$/);
    expect(await statusOf(key)).toBe(200);
    const { body } = await call('get', `/v1/apps/${app.id}/keys`);
    expect(body).toEqual({ items: [view], nextCursor: null });
    const [{ rows }] = await api.source.query<{ rows: string }[]>(
      `select (select json_agg(k)::text from api_key k) || (select json_agg(a)::text from audit_entry a) as rows`,
    );
    expect(rows).toContain(view.id);
    expect(rows).not.toContain(key.slice(4));
  });

  test('end at once where they are revoked, and at their time', async () => {
    const app = await createApp();
    const { key, id } = await api.createKey(app.id);
    expect(await statusOf(key)).toBe(200);
    const revoked = await call('post', `/v1/apps/${app.id}/keys/${id}/revoke`);
    expect(revoked.status).toBe(200);
    expect((revoked.body as ApiKeyView).revokedAt).toMatch(/Z$/);
    expect(await statusOf(key)).toBe(401);
    expect((await call('post', `/v1/apps/${app.id}/keys/${id}/revoke`)).body).toEqual(revoked.body);
    const past = await call('post', `/v1/apps/${app.id}/keys`).send({
      name: 'x',
      scopes: ['admin'],
      expiresAt: '2020-01-01T00:00:00Z',
    });
    expect([past.status, past.body]).toEqual([422, expect.objectContaining({ code: 'invalid_expiry' })]);
  });

  test('rotate with an overlap', async () => {
    const app = await createApp();
    const old = await api.createKey(app.id, ['messages:read', 'reports:read']);
    const answer = await call('post', `/v1/apps/${app.id}/keys/${old.id}/rotate`).send({});
    expect(answer.status).toBe(201);
    const fresh = answer.body as NewApiKeyView;
    expect(fresh).toMatchObject({ name: old.name, scopes: old.scopes, expiresAt: null });
    expect([await statusOf(old.key), await statusOf(fresh.key)]).toEqual([200, 200]);
    await call('post', '/v1/sandbox/clock/advance').send({ by: '25h' });
    // Another process would see it within two seconds; this one does as soon as it forgets.
    await call('patch', `/v1/apps/${app.id}`).send({});
    expect([await statusOf(old.key), await statusOf(fresh.key)]).toEqual([401, 200]);
    const dead = await call('post', `/v1/apps/${app.id}/keys/${old.id}/rotate`).send({});
    expect([dead.status, dead.body]).toEqual([409, expect.objectContaining({ code: 'key_revoked' })]);
  });

  test('are of their app', async () => {
    const [one, two] = [await createApp(), await createApp()];
    const { id } = await api.createKey(one.id);
    for (const address of [`${two.id}/keys/${id}`, `${one.id}/keys/nonsense`, `999999/keys/${id}`]) {
      expect((await call('post', `/v1/apps/${address}/revoke`)).status).toBe(404);
      expect((await call('post', `/v1/apps/${address}/rotate`).send({})).status).toBe(404);
    }
    const unknown = await call('post', `/v1/apps/${one.id}/keys`).send({ name: 'x', scopes: ['everything'] });
    expect(unknown.status).toBe(400);
  });
});

describe('the audit trail', () => {
  test('tells who changed what, with what it was and became', async () => {
    const app = await createApp();
    const answer = await call('patch', `/v1/apps/${app.id}`).set('X-Request-Id', 'audited-1').send({ smsPerSecond: 9 });
    const [changed, created] = await trail({ object: 'app', objectId: app.id });
    expect(changed).toEqual({
      id: expect.any(String) as string,
      at: expect.stringMatching(/Z$/) as string,
      by: { appId: expect.any(Number) as number, keyId: expect.any(String) as string },
      requestId: 'audited-1',
      action: 'app.changed',
      object: 'app',
      objectId: String(app.id),
      before: app,
      after: answer.body as AppView,
    });
    expect(created).toMatchObject({ action: 'app.created', before: null, after: app });
    const key = await api.createKey(app.id);
    await call('post', `/v1/apps/${app.id}/keys/${key.id}/revoke`);
    expect((await trail({ objectId: key.id })).map(({ action }) => action)).toEqual(['key.revoked', 'key.created']);
    expect((await trail({ action: 'app.changed', limit: 1 })).length).toBe(1);
  });

  test('has nothing of a change that failed', async () => {
    const count = async () => (await trail({ limit: 1000 })).length;
    const before = await count();
    await call('post', '/v1/apps').send({ name: 'sandbox' });
    expect(await count()).toBe(before);
  });

  test('can not be changed', async () => {
    await createApp();
    for (const sql of ["update audit_entry set action = ''", 'delete from audit_entry', 'truncate audit_entry']) {
      await expect(api.source.query(sql)).rejects.toThrow('append-only');
    }
  });
});

describe('idempotency of what is created', () => {
  const post = (key: string, name: string) => call('post', '/v1/apps').set('Idempotency-Key', key).send({ name });

  test('gives the same bytes to the same request, and creates once', async () => {
    const app = await createApp();
    const keyPost = () =>
      call('post', `/v1/apps/${app.id}/keys`)
        .set('Idempotency-Key', 'k-1')
        .send({ name: 'x', scopes: ['admin'] });
    const answers = [await keyPost(), await keyPost()];
    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
    expect(answers[1]?.text).toBe(answers[0]?.text);
    expect(
      (await trail({ action: 'key.created' })).filter(({ after }) => (after as ApiKeyView).appId === app.id),
    ).toHaveLength(1);
    const [stored] = await api.source.query<{ answer: Buffer }[]>(
      "select answer from idempotent_answer where key = 'k-1'",
    );
    expect(stored?.answer.includes('csk_')).toBe(false);
  });

  test('refuses another request, and lets a failed one be tried again', async () => {
    expect((await post('k-2', 'sandbox')).status).toBe(409);
    expect((await post('k-2', 'idem-2')).status).toBe(201);
    expect((await post('k-2', 'idem-other')).body).toMatchObject({ status: 422, code: 'idempotency_key_reused' });
    expect((await post('é', 'idem-3')).status).toBe(400);
  });

  test('answers one of many at once, and the others the same or to come back', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => post('k-4', 'idem-4')));
    const made = answers.filter(({ status }) => status === 201);
    expect(new Set(made.map(({ text }) => text)).size).toBe(1);
    for (const { status, body, headers } of answers.filter((answer) => !made.includes(answer))) {
      expect([status, body, headers['retry-after']]).toEqual([
        409,
        expect.objectContaining({ code: 'idempotency_key_in_use' }),
        '1',
      ]);
    }
  });

  test('forgets after a day', async () => {
    const first = await post('k-5', 'idem-5');
    await api.source.query(
      "update idempotent_answer set created_at = created_at - interval '24 hours' where key = 'k-5'",
    );
    expect((await post('k-5', 'idem-6')).status).toBe(201);
    expect(first.status).toBe(201);
  });
});

describe('rate limits', () => {
  test('refuse requests over the rate, and say when to come back', async () => {
    const app = await createApp({ requestsPerSecond: 3 });
    const { key } = await api.createKey(app.id);
    const answers = await Promise.all(Array.from({ length: 30 }, () => call('get', '/v1/messages', key)));
    const refused = answers.filter(({ status }) => status === 429);
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(3);
    expect(refused.length).toBeGreaterThan(0);
    for (const { body, headers } of refused) {
      expect([body, headers['retry-after']]).toEqual([expect.objectContaining({ code: 'rate_limited' }), '1']);
    }
    const other = await api.createKey((await createApp()).id);
    expect(await statusOf(other.key)).toBe(200);
  });

  test('are one for all processes, and let a large request pass that is paid back', async () => {
    const app = await createApp();
    const pools = [1, 2].map(() => new Database({ url: api.databaseUrl, connections: 2, name: 'test' }));
    const limits = pools.map((pool) => new RateLimits(pool));
    const holder: Pick<KeyHolder, 'appId' | 'policy'> = {
      appId: app.id,
      policy: { ...UNRESTRICTED, smsPerSecond: 100 },
    };
    await limits[0]?.takeSms(holder, 10_000);
    for (const limit of limits) {
      const refused = await limit.takeSms(holder, 1).then(
        () => undefined,
        (error: unknown) => error as { code: string; retryAfter: number },
      );
      expect(refused).toMatchObject({ kind: 'overload', code: 'rate_limited' });
      expect(refused?.retryAfter).toBeGreaterThan(60);
      expect(refused?.retryAfter).toBeLessThanOrEqual(99);
    }
    await api.source.query('update app_rate set tokens = 50, at = clock_timestamp() where app_id = $1', [app.id]);
    const verdicts = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        limits[index % 2].takeSms(holder, 5).then(
          () => 'granted',
          () => 'refused',
        ),
      ),
    );
    expect(verdicts.filter((verdict) => verdict === 'granted').length).toBeGreaterThanOrEqual(10);
    expect(verdicts).toContain('refused');
    for (const pool of pools) await pool.close();
  });
});
