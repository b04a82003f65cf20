import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import request, { type Test } from 'supertest';
import type { DataSource } from 'typeorm';

import { sandboxApiKey } from '../../src/apps/api-key.js';
import type { AppView, NewApiKeyView } from '../../src/apps/app.view.js';
import type { Scope } from '../../src/apps/scope.js';
import { loadConfig } from '../../src/config/config.js';
import { createDataSource } from '../../src/database/data-source.js';
import { createLogger } from '../../src/observability/logger.js';
import { startApi } from '../../src/roles/api.js';
import { prepare } from '../../src/roles/prepare.js';
import type { RunningRole, Runtime } from '../../src/runtime.js';
import { createTestDatabase, type TestDatabase } from './databases.js';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** The role `api` in the spec's own process, on a database of its own, with what a sandbox starts with. */
export class TestApi {
  private serial = 0;

  private constructor(
    readonly runtime: Runtime,
    /** Of the gateway's database. */
    readonly source: DataSource,
    readonly role: RunningRole,
    private readonly database: TestDatabase,
    private readonly directory: string,
  ) {}

  static async start(): Promise<TestApi> {
    const database = await createTestDatabase('gateway');
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'cloudsms-api-'));
    const env = { DATA_DIR: directory, DATABASE_URL: database.url, ROLES: 'api', API_PORT: '0' };
    const { runtime } = await prepare(loadConfig(env, 'sandbox.json'), createLogger('silent'));
    const role = await startApi(runtime);
    const source = await createDataSource('gateway', database.url).initialize();
    return new TestApi(runtime, source, role, database, directory);
  }

  async stop(): Promise<void> {
    await this.source.destroy();
    await this.role.stop();
    await this.database.drop();
    fs.rmSync(this.directory, { recursive: true, force: true });
  }

  get url(): string {
    return this.runtime.addresses.apiUrl ?? '';
  }

  get databaseUrl(): string {
    return this.database.url;
  }

  /** @param key default: the sandbox's; null: none */
  call(method: Method, address: string, key: string | null = sandboxApiKey(this.runtime.secrets)): Test {
    const test = request(this.url)[method](address);
    return key === null ? test : test.set('Authorization', `Bearer ${key}`);
  }

  /** A new app, of a name of its own unless the body has one. */
  async createApp(body: object = {}): Promise<AppView> {
    const answer = await this.call('post', '/v1/apps').send({ name: `app-${++this.serial}`, ...body });
    expect([answer.status, answer.body]).toEqual([201, expect.any(Object)]);
    return answer.body as AppView;
  }

  /** A new key of an app, shown. */
  async createKey(appId: number, scopes: readonly Scope[] = ['messages:read']): Promise<NewApiKeyView> {
    const answer = await this.call('post', `/v1/apps/${appId}/keys`).send({ name: 'first', scopes });
    expect([answer.status, answer.body]).toEqual([201, expect.any(Object)]);
    return answer.body as NewApiKeyView;
  }
}
