import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pino } from 'pino';

import { loadConfig } from '../../src/config/config.js';
import {
  type DevelopmentCertificates,
  ensureDevelopmentCertificates,
} from '../../src/config/development-certificates.js';
import { Secrets } from '../../src/config/secrets.js';
import { startPlatform } from '../../src/roles/platform.js';
import type { RunningRole } from '../../src/runtime.js';
import { createTestDatabase, type TestDatabase } from './databases.js';
import { UipClient } from './uip-client.js';

/** A directory of its own, with certificates for both ends. */
export interface TestPlace {
  readonly directory: string;
  readonly certificates: DevelopmentCertificates;
  remove(): void;
}

/** Makes a place; one serves all platforms and customers of a spec. */
export async function makePlace(): Promise<TestPlace> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'cloudsms-platform-'));
  const certificates = await ensureDevelopmentCertificates(path.join(directory, 'certificates'));
  return { directory, certificates, remove: () => fs.rmSync(directory, { recursive: true }) };
}

/** What a spec wants of its platform. */
export interface PlatformOptions {
  readonly place: TestPlace;
  /** Contents of the sandbox file. */
  readonly accounts: readonly object[];
  readonly handsets?: readonly object[];
  /** Of a platform that runs already: a second process on the same database. */
  readonly beside?: TestPlatform;
  /** Further environment variables. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** An account as the sandbox file has it, complete but for what a spec names. */
export function account(members: object = {}): Record<string, unknown> {
  return {
    name: 'demo',
    authKey: 'demo-key',
    currency: 'HKD',
    balance: '1000',
    allowedAddresses: ['127.0.0.0/8', '::1/128'],
    certificateFingerprints: [],
    callbackUrl: 'https://localhost:1/dr',
    defaultSenderId: 'CloudSMS',
    ratePerSecond: 100_000,
    queueLimit: 1_000_000,
    routes: [{ id: 'R', countries: [852, 65, 86, 1, 82] }],
    prices: [
      { countryCode: 852, perSegment: '0.35' },
      { countryCode: 65, perSegment: '0.31' },
      { countryCode: 86, perSegment: '0.0575' },
      { countryCode: 82, perSegment: '0.2' },
      { countryCode: 44, perSegment: '0.328' },
    ],
    registrations: [{ countryCode: 86, signature: 'CloudSMS', senderId: 'CloudSMS', content: 'Code {}' }],
    blacklist: [{ countryCode: 852, msisdn: '67999999' }],
    ...members,
  };
}

/** A platform in this process, on a database of its own. */
export class TestPlatform {
  readonly client: UipClient;

  private constructor(
    readonly database: TestDatabase,
    readonly certificates: DevelopmentCertificates,
    private readonly role: RunningRole,
    private readonly addresses: { platformUrl: string; adminUrl: string; adminKey: string },
    private readonly owned: boolean,
  ) {
    this.client = new UipClient(addresses.platformUrl, {
      cert: fs.readFileSync(certificates.scriptClient.cert),
      key: fs.readFileSync(certificates.scriptClient.key),
      ca: fs.readFileSync(certificates.ca),
    });
  }

  /** Starts one; ports are free ones. */
  static async start(options: PlatformOptions): Promise<TestPlatform> {
    const { beside } = options;
    const { directory, certificates } = options.place;
    const database = beside?.database ?? (await createTestDatabase('platform'));
    const sandboxFile = path.join(fs.mkdtempSync(path.join(directory, 'sandbox-')), 'sandbox.json');
    fs.writeFileSync(
      sandboxFile,
      JSON.stringify({ accounts: options.accounts, handsets: options.handsets ?? [{ match: '*', reports: [] }] }),
    );
    const config = loadConfig(
      {
        ROLES: 'platform',
        DATA_DIR: directory,
        SANDBOX_FILE: sandboxFile,
        PLATFORM_PORT: '0',
        PLATFORM_ADMIN_PORT: '0',
        PLATFORM_ADMIN_KEY: 'the-key-of-the-operators',
        ...options.environment,
      },
      sandboxFile,
    );
    const { ca } = certificates;
    const runtime = {
      config,
      logger: pino({ level: 'silent' }),
      secrets: new Secrets(Buffer.alloc(32, 7)),
      tls: {
        callback: { ...certificates.callback, ca },
        platform: { ...certificates.platform, ca },
        uipClient: { ...certificates.gatewayClient, ca },
        pushClient: { ...certificates.platformClient, ca },
      },
      databases: { gateway: undefined, platform: database.url },
      addresses: {} as { platformUrl?: string; platformAdminUrl?: string },
    };
    const role = await startPlatform(runtime);
    const { platformUrl = '', platformAdminUrl = '' } = runtime.addresses;
    const addresses = { platformUrl, adminUrl: platformAdminUrl, adminKey: 'the-key-of-the-operators' };
    return new TestPlatform(database, certificates, role, addresses, beside === undefined);
  }

  get url(): string {
    return this.addresses.platformUrl;
  }

  /** Calls the admin API; returns status and body. */
  async admin(call: string, options: { body?: unknown; key?: string; idempotencyKey?: string } = {}) {
    const [method = 'GET', route = ''] = call.split(' ');
    const response = await fetch(`${this.addresses.adminUrl}${route}`, {
      method,
      headers: {
        authorization: `Bearer ${options.key ?? this.addresses.adminKey}`,
        ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(options.idempotencyKey === undefined ? {} : { 'idempotency-key': options.idempotencyKey }),
      },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true;
    return { status: response.status, headers: response.headers, body: (isJson ? JSON.parse(text) : text) as never };
  }

  /** What an account has left, as a decimal string. */
  async balanceOf(name = 'demo'): Promise<string> {
    const { body } = await this.admin(`GET /admin/v1/accounts/${name}/balance`);
    return (body as { balance: { amount: string } }).balance.amount;
  }

  async stop(): Promise<void> {
    this.client.close();
    await this.role.stop();
    if (this.owned) await this.database.drop();
  }
}
