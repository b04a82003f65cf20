import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { DataSource } from 'typeorm';

import { Provisioning } from '../../src/apps/provisioning.js';
import type { Scope } from '../../src/apps/scope.js';
import { loadConfig } from '../../src/config/config.js';
import { createDataSource } from '../../src/database/data-source.js';
import { createLogger } from '../../src/observability/logger.js';
import { startApi } from '../../src/roles/api.js';
import type { RunningRole, Runtime } from '../../src/runtime.js';
import { JsonClient } from '../../scripts/sandbox/json-client.js';
import type { GatewayTraffic } from './gateway-traffic.js';

/** The role `api` in this process, on the database of a `GatewayTraffic`. */
export class GatewayApi {
  private readonly clients: JsonClient[] = [];

  private constructor(
    readonly runtime: Runtime,
    private readonly role: RunningRole,
    private readonly source: DataSource,
    private readonly directory: string,
  ) {}

  static async start(traffic: GatewayTraffic, variables: Record<string, string> = {}): Promise<GatewayApi> {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'cloudsms-gateway-api-'));
    const config = loadConfig(
      { DATA_DIR: directory, DATABASE_URL: traffic.url, ROLES: 'api', API_PORT: '0', ...variables },
      'sandbox.json',
    );
    const runtime: Runtime = {
      config,
      logger: createLogger('silent'),
      secrets: traffic.secrets,
      tls: { callback: {}, platform: {}, uipClient: {}, pushClient: {} },
      databases: { gateway: traffic.url, platform: undefined },
      addresses: {},
    };
    const role = await startApi(runtime);
    const source = await createDataSource('gateway', traffic.url).initialize();
    return new GatewayApi(runtime, role, source, directory);
  }

  get url(): string {
    return this.runtime.addresses.apiUrl ?? '';
  }

  /** A key of an app, made with it where there is none. */
  key(app: string, scopes: readonly Scope[]): Promise<string> {
    return new Provisioning(this.source.manager, this.runtime.secrets).createKey(app, 'test', scopes);
  }

  client(key: string): JsonClient {
    const client = new JsonClient(this.url, key);
    this.clients.push(client);
    return client;
  }

  async stop(): Promise<void> {
    await Promise.all(this.clients.map((client) => client.close()));
    await this.source.destroy();
    await this.role.stop();
    fs.rmSync(this.directory, { recursive: true, force: true });
  }
}
