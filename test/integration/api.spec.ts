import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import request from 'supertest';

import { sandboxApiKey } from '../../src/apps/api-key.js';
import { loadConfig } from '../../src/config/config.js';
import { createLogger } from '../../src/observability/logger.js';
import { startApi } from '../../src/roles/api.js';
import { prepare } from '../../src/roles/prepare.js';
import type { RunningRole, Runtime } from '../../src/runtime.js';
import { createTestDatabase, type TestDatabase } from '../support/databases.js';

describe('the role api', () => {
  let database: TestDatabase;
  let directory: string;
  let runtime: Runtime;
  let role: RunningRole;
  let url: string;

  beforeAll(async () => {
    database = await createTestDatabase('gateway');
    directory = fs.mkdtempSync(path.join(os.tmpdir(), 'cloudsms-api-'));
    const config = loadConfig(
      { DATA_DIR: directory, DATABASE_URL: database.url, ROLES: 'api', API_PORT: '0' },
      'sandbox.json',
    );
    ({ runtime } = await prepare(config, createLogger('silent')));
    role = await startApi(runtime);
    url = runtime.addresses.apiUrl ?? '';
  });
  afterAll(async () => {
    await role.stop();
    await database.drop();
    fs.rmSync(directory, { recursive: true, force: true });
  });

  const advance = (by: unknown, key = sandboxApiKey(runtime.secrets)) =>
    request(url).post('/v1/sandbox/clock/advance').set('Authorization', `Bearer ${key}`).send({ by });

  test('says that it lives, and that it can serve, to anybody', async () => {
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    for (const path of ['/health/live', '/health/ready']) {
      const answer = await request(url).get(path);
      expect([answer.status, answer.body]).toEqual([200, { status: 'ok' }]);
    }
  });

  test('documents itself, to anybody', async () => {
    const page = await request(url).get('/docs/');
    expect([page.status, page.headers['content-type']]).toEqual([200, expect.stringContaining('text/html')]);
    expect((await request(url).get('/docs/swagger-ui-bundle.js')).status).toBe(200);
    const { body } = await request(url).get('/docs/openapi.json');
    expect(Object.keys((body as { paths: object }).paths)).toContain('/v1/messages');
  });

  test('counts its requests, by the pattern of their route', async () => {
    await request(url).get('/v1/messages/85267000011');
    const { text, headers } = await request(url).get('/metrics');
    expect(headers['content-type']).toContain('text/plain');
    expect(text).toContain('cloudsms_http_requests_total{method="GET",route="/v1/messages/:id",status="401"} 1');
    expect(text).toContain('process_cpu_seconds_total');
    expect(text).not.toContain('85267000011');
  });

  test('summarises as JSON or CSV, for keys that may read reports', async () => {
    const summary = (key = sandboxApiKey(runtime.secrets)) =>
      request(url).get('/v1/reports/summary?groupBy=day&timeZone=Asia/Hong_Kong').set('Authorization', `Bearer ${key}`);
    const json = await summary();
    expect(json.status).toBe(200);
    expect(json.body).toMatchObject({
      timeZone: 'Asia/Hong_Kong',
      groupBy: ['day'],
      items: [],
      totals: { messages: 0 },
    });
    const csv = await summary().set('Accept', 'text/csv');
    expect(csv.headers['content-type']).toMatch(/^text\/csv; charset=utf-8/);
    expect(csv.text).toMatch(/^day,messages,segments,queued,[a-z0-9_,]+\r\n$/);
    expect((await summary('csk_wrong')).status).toBe(401);
    const wrong = await summary().query({ to: 'yesterday' });
    expect(wrong.body).toMatchObject({ status: 400, errors: [{ field: 'to' }] });
  });

  test("moves the sandbox's clock, for whoever may", async () => {
    const before = Date.now();
    const moved = await advance('25h');
    expect(moved.status).toBe(200);
    const { now } = moved.body as { now: string };
    expect(Date.parse(now)).toBeGreaterThanOrEqual(before + 25 * 3_600_000);
    expect((await advance('1h', 'csk_wrong')).status).toBe(401);
    for (const by of ['-1h', '1.5h', '25', 25, '1d', null]) {
      const answer = await advance(by);
      expect(answer.status).toBe(400);
      expect(answer.body).toMatchObject({ errors: [{ field: 'by' }] });
    }
    expect((await advance('9999h')).body).toMatchObject({ status: 422, code: 'clock_step_too_large' });
  });

  test('has no such clock in production', async () => {
    const addresses: Runtime['addresses'] = {};
    const config = Object.assign({}, runtime.config, { sandbox: false });
    const production = await startApi({ ...runtime, config, addresses });
    const answer = await request(addresses.apiUrl ?? '')
      .post('/v1/sandbox/clock/advance')
      .set('Authorization', `Bearer ${sandboxApiKey(runtime.secrets)}`)
      .send({ by: '1h' });
    await production.stop();
    expect(answer.status).toBe(404);
  });

  test('is HTTPS where it has a certificate, and says which file it lacks', async () => {
    const addresses: Runtime['addresses'] = {};
    const { cert = '', key = '', ca = '' } = runtime.tls.callback;
    const configOf = (tls: { cert: string; key: string }) =>
      Object.assign({}, runtime.config, { api: { host: 'localhost', port: 0, tls } });
    const secure = await startApi({ ...runtime, config: configOf({ cert, key }), addresses });
    expect(addresses.apiUrl).toMatch(/^https:\/\/localhost:\d+$/);
    const answer = await request(addresses.apiUrl ?? '')
      .get('/health/live')
      .ca(fs.readFileSync(ca, 'utf8'));
    await secure.stop();
    expect(answer.status).toBe(200);
    await expect(startApi({ ...runtime, config: configOf({ cert: '/nowhere', key }), addresses })).rejects.toThrow(
      'API_TLS_CERT: /nowhere can not be read (ENOENT)',
    );
  });
});
