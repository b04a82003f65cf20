import { Controller, Get, Module } from '@nestjs/common';
import request from 'supertest';
import type { DataSource } from 'typeorm';

import { Public, Scopes } from '../../src/apps/access.decorator.js';
import { sandboxApiKey } from '../../src/apps/api-key.js';
import { Provisioning } from '../../src/apps/provisioning.js';
import { type Scope, SCOPES } from '../../src/apps/scope.js';
import { AppsModule } from '../../src/apps/apps.module.js';
import { type Caller, CurrentApp } from '../../src/apps/caller.js';
import { loadConfig } from '../../src/config/config.js';
import { Secrets } from '../../src/config/secrets.js';
import { createDataSource } from '../../src/database/data-source.js';
import { Database } from '../../src/database/database.js';
import { statement } from '../../src/database/statement.js';
import { createLogger } from '../../src/observability/logger.js';
import { type HttpApplication, startHttpApplication } from '../../src/rest/http-application.js';
import type { Runtime } from '../../src/runtime.js';
import { RuntimeModule } from '../../src/runtime.module.js';
import { createTestDatabase, type TestDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';

@Controller('v1/who')
class WhoController {
  @Get()
  @Scopes('messages:read')
  who(@CurrentApp() caller: Caller) {
    return { appId: caller.appId, keyId: caller.keyId, scopes: [...caller.scopes] };
  }

  @Get('admin')
  @Scopes('admin', 'messages:read')
  admin() {
    return {};
  }

  @Get('open')
  @Public()
  open() {
    return {};
  }
}

@Controller('v1/forgotten')
class ForgottenController {
  @Get()
  all() {
    return {};
  }
}

const address = { host: '127.0.0.1', port: 0, hostVariable: 'API_HOST', portVariable: 'API_PORT' };
const REVOKE = statement<object>('test_revoke', 'update api_key set revoked_at = now() where name = $1');
const COUNT = statement<{ apps: number; keys: number }>(
  'test_count',
  'select (select count(*) from app) as apps, (select count(*) from api_key) as keys',
);

describe('apps and keys', () => {
  let database: TestDatabase;
  let runtime: Runtime;
  let pool: Database;
  let api: HttpApplication;
  let source: DataSource;
  let apps: Provisioning;
  const secrets = new Secrets(Buffer.alloc(32, 7));

  const start = (controller: new () => object): Promise<HttpApplication> => {
    @Module({ imports: [RuntimeModule.register(runtime, 'gateway'), AppsModule], controllers: [controller] })
    class TestModule {}
    return startHttpApplication({ module: TestModule, logger: runtime.logger, address });
  };
  const get = (path: string, authorization?: string) => {
    const call = request(api.url).get(path);
    return authorization === undefined ? call : call.set('Authorization', authorization);
  };

  beforeAll(async () => {
    database = await createTestDatabase('gateway');
    runtime = {
      config: loadConfig({}, 'sandbox.json'),
      logger: createLogger('silent'),
      secrets,
      tls: { callback: {}, platform: {}, uipClient: {}, pushClient: {} },
      databases: { gateway: database.url, platform: undefined },
      addresses: {},
    };
    pool = new Database({ url: database.url, connections: 2, name: 'test' });
    source = await createDataSource('gateway', database.url).initialize();
    apps = new Provisioning(source.manager, secrets);
    api = await start(WhoController);
  });
  afterAll(async () => {
    await api.stop();
    await source.destroy();
    await pool.close();
    await database.drop();
  });

  test('lets a key in that has the scopes, and says whose it is', async () => {
    const key = await apps.createKey('shop', 'first', ['messages:read']);
    expect(key).toMatch(/^csk_[\w-]{43}$/);
    const answer = await get('/v1/who', `Bearer ${key}`);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      appId: expect.any(Number) as number,
      keyId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      scopes: ['messages:read'],
    });
    const other = await apps.createKey('bank', 'first', ['messages:read']);
    const { body } = await get('/v1/who', `Bearer ${other}`);
    expect((body as { appId: number }).appId).not.toBe((answer.body as { appId: number }).appId);
    const refused = await get('/v1/who/admin', `Bearer ${key}`);
    expect(refused.status).toBe(403);
    expect(refused.body).toMatchObject({ code: 'insufficient_scope' });
    expect(refused.headers['www-authenticate']).toContain('error="insufficient_scope"');
  });

  test.each([undefined, 'Bearer', 'Bearer csk_wrong', 'Basic dTpw', `Bearer ${'x'.repeat(300)}`, 'Bearer a b'])(
    'answers the same to whatever is no key: %s',
    async (authorization) => {
      const answer = await get('/v1/who', authorization);
      expect(answer.status).toBe(401);
      expect(answer.body).toEqual({
        type: 'urn:cloudsms:problem:unauthorized',
        title: 'Unauthorized',
        status: 401,
        code: 'unauthorized',
        detail: 'Send a valid key: Authorization: Bearer KEY.',
      });
      expect(answer.headers['www-authenticate']).toBe('Bearer realm="cloudsms"');
    },
  );

  test('asks for a key before it looks at a body, and for none where a route is public', async () => {
    const answer = await request(api.url).get('/v1/who').set('Content-Type', 'text/plain').send('x');
    expect(answer.status).toBe(401);
    expect((await get('/v1/who/open')).status).toBe(200);
  });

  test('sees a revocation within seconds', async () => {
    const key = await apps.createKey('shop', 'leaked', SCOPES);
    expect((await get('/v1/who', `Bearer ${key}`)).status).toBe(200);
    await pool.run(REVOKE, ['leaked']);
    await eventually(async () => expect((await get('/v1/who', `Bearer ${key}`)).status).toBe(401));
  });

  test('makes the sandbox app once', async () => {
    await apps.ensureSandbox();
    const before = await pool.run(COUNT, []);
    await apps.ensureSandbox();
    expect(await pool.run(COUNT, [])).toEqual(before);
    const answer = await get('/v1/who/admin', `Bearer ${sandboxApiKey(secrets)}`);
    expect(answer.status).toBe(200);
  });

  test('refuses names that are none', async () => {
    for (const name of ['', 'A b', '-x', 'x'.repeat(64)]) {
      await expect(apps.createKey(name, 'first', ['admin'] satisfies Scope[])).rejects.toMatchObject({
        code: 'invalid_app_name',
      });
    }
  });

  test('does not start with a route that names no scope', async () => {
    await expect(start(ForgottenController)).rejects.toThrow('GET ForgottenController.all');
  });
});
