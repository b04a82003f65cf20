import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { once } from 'node:events';
import { Client } from 'pg';

import { sandboxApiKey } from '../../src/apps/api-key.js';
import { type Config, ConfigError, loadConfig } from '../../src/config/config.js';
import { Database } from '../../src/database/database.js';
import { PartitionsJob } from '../../src/database/partitions.job.js';
import { ApplicationError } from '../../src/errors.js';
import { createLogger } from '../../src/observability/logger.js';
import { banner } from '../../src/roles/banner.js';
import { describeLocally, writeLocalFile } from '../../src/roles/local-file.js';
import { prepare } from '../../src/roles/prepare.js';
import { type Starters, StartAborted, startProgram } from '../../src/roles/program.js';
import { startErrorLines } from '../../src/roles/start-error.js';
import { uipTargetOf } from '../../src/roles/uip-target.js';
import { createTestDatabase, type TestDatabase } from '../support/databases.js';

const logger = createLogger('silent');
const KEY = Buffer.alloc(32, 9).toString('base64');

let gateway: TestDatabase;
let platform: TestDatabase;
let directory: string;
let pool: Database;

beforeAll(async () => {
  gateway = await createTestDatabase('gateway');
  platform = await createTestDatabase('platform');
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'cloudsms-prepare-'));
  pool = new Database({ url: gateway.url, connections: 2, name: 'test' });
});
afterAll(async () => {
  await pool.close();
  await gateway.drop();
  await platform.drop();
  fs.rmSync(directory, { recursive: true, force: true });
});

const configOf = (variables: Record<string, string> = {}): Config =>
  loadConfig(
    {
      DATA_DIR: directory,
      DATABASE_URL: gateway.url,
      PLATFORM_DATABASE_URL: platform.url,
      SECRETS_KEY: KEY,
      ...variables,
    },
    'sandbox.json',
  );
const localFile = () => path.join(directory, 'local.json');
const rows = async (text: string) => (await pool.run<Record<string, unknown>>({ name: '', text }, []))[0];

/** The lines that a start with these variables ends in. */
const faultsOf = async (variables: Record<string, string>): Promise<readonly string[]> => {
  const failure: unknown = await (async () => prepare(configOf(variables), logger))().catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(Error);
  return startErrorLines(failure);
};

describe('what the roles share', () => {
  test('is made once, and is the same after that', async () => {
    const first = await prepare(configOf(), logger);
    await first.close();
    const counts = await rows(COUNTS);
    expect(counts).toEqual({ apps: 1, keys: 1, routes: 1, prices: first.account?.prices.length });
    expect(await rows('select name, currency, segments_per_second, position from route')).toEqual({
      name: 'VerifyCode_516',
      currency: 'HKD',
      segments_per_second: 900,
      position: 1,
    });
    expect(await rows(`select author, route_id, version from price where country_code = 852`)).toEqual({
      author: 'sandbox file',
      route_id: null,
      version: 1,
    });
    const again = await Promise.all([prepare(configOf(), logger), prepare(configOf(), logger)]);
    for (const prepared of again) {
      expect(prepared.runtime.tls).toEqual(first.runtime.tls);
      await prepared.close();
    }
    expect(await rows(COUNTS)).toEqual(counts);
    for (const files of Object.values(first.runtime.tls)) {
      for (const file of Object.values(files as Record<string, string>)) expect(fs.existsSync(file)).toBe(true);
    }
  });

  test('leaves changed prices and routes alone', async () => {
    await rows(`update route set segments_per_second = 5 where name = 'VerifyCode_516'`);
    await (await prepare(configOf(), logger)).close();
    expect(await rows('select segments_per_second from route')).toEqual({ segments_per_second: 5 });
  });

  test('is told to scripts in a file of our own, while the roles run', async () => {
    const prepared = await prepare(configOf(), logger);
    Object.assign(prepared.runtime.addresses, { apiUrl: 'http://127.0.0.1:3000', platformUrl: 'https://x/dave/io' });
    const remove = writeLocalFile(prepared);
    expect(fs.statSync(localFile()).mode & 0o777).toBe(0o600);
    const local = JSON.parse(fs.readFileSync(localFile(), 'utf8')) as Record<string, unknown>;
    expect(local).toEqual({
      apiUrl: 'http://127.0.0.1:3000',
      platformUrl: 'https://x/dave/io',
      apiKey: sandboxApiKey(prepared.runtime.secrets),
      platformAdminKey: prepared.runtime.secrets.sandboxKey('platform admin'),
      authKey: expect.stringMatching(/^.{88}$/) as string,
      routeId: 'VerifyCode_516',
      tls: { ca: expect.any(String) as string, cert: expect.any(String) as string, key: expect.any(String) as string },
    });
    expect(uipTargetOf(prepared.runtime)).toEqual({ url: 'https://x/dave/io', authKey: local.authKey });
    remove();
    expect(fs.existsSync(localFile())).toBe(false);
    writeLocalFile(prepared);
    await (await prepare(configOf({ ROLES: 'worker' }), logger)).close();
    expect(fs.existsSync(localFile())).toBe(true);
    await (await prepare(configOf({ ROLES: 'api' }), logger)).close();
    expect(fs.existsSync(localFile())).toBe(false);
  });

  test('is shown with a request to paste, plain in a pipe', async () => {
    const prepared = await prepare(configOf(), logger);
    await prepared.close();
    const local = { ...describeLocally(prepared), apiUrl: 'http://127.0.0.1:3000' };
    const text = banner(local, false);
    expect(text).toContain('curl http://127.0.0.1:3000/v1/messages');
    expect(text).toContain(`Bearer ${local.apiKey}`);
    expect(text).toContain('"+85267000011"');
    expect(text).not.toContain('\u001B');
    expect(banner(local, true)).toContain('\u001B[1m');
  });

  test('is only what the roles of the process need', async () => {
    const prepared = await prepare(configOf({ ROLES: 'platform', DATABASE_URL: '' }), logger);
    await prepared.close();
    expect(prepared.runtime.databases).toEqual({ gateway: undefined, platform: platform.url });
  });
});

describe('a start that fails says in one line what to do', () => {
  const changed = (change: (url: URL) => void): string => {
    const url = new URL(gateway.url);
    change(url);
    return url.href;
  };

  test('no database there', async () => {
    const taken = net.createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as net.AddressInfo;
    taken.close();
    await once(taken, 'close');
    expect(await faultsOf({ DATABASE_URL: `postgres://someone:secret@127.0.0.1:${port}/gateway` })).toEqual([
      `DATABASE_URL: no PostgreSQL answers at 127.0.0.1:${port} (ECONNREFUSED): start it, or correct the URL`,
    ]);
  });

  test('something else there', async () => {
    const other = http.createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as net.AddressInfo;
    const [line, ...more] = await faultsOf({ PLATFORM_DATABASE_URL: `postgres://a:b@127.0.0.1:${port}/x` });
    expect(line).toMatch(new RegExp(`^PLATFORM_DATABASE_URL: no PostgreSQL answers at 127.0.0.1:${port}`));
    expect(more).toEqual([]);
    other.close();
  });

  test('a database or a URL that is none', async () => {
    const [missing] = await faultsOf({ DATABASE_URL: changed((url) => (url.pathname = '/nowhere')) });
    expect(missing).toMatch(/^DATABASE_URL: PostgreSQL at .+ has no database "nowhere": create it$/);
    expect(await faultsOf({ DATABASE_URL: 'postgres://a:b@host:port/x' })).toEqual([
      'DATABASE_URL can not be read: write it as postgres://USER:PASSWORD@HOST:PORT/DATABASE',
    ]);
  });

  test('a schema that can not be brought up to date', async () => {
    const broken = await createTestDatabase('gateway');
    const client = new Client({ connectionString: broken.url });
    await client.connect();
    await client.query('delete from migrations');
    await client.end();
    const [line, ...more] = await faultsOf({ DATABASE_URL: broken.url });
    expect(line).toMatch(/^DATABASE_URL: the schema of the gateway can not be brought up to date: .*already exists/);
    expect(more).toEqual([]);
    await broken.drop();
  });

  test('files that are not there', async () => {
    const file = path.join(directory, 'file');
    fs.writeFileSync(file, '');
    expect(await faultsOf({ DATA_DIR: file })).toEqual([
      `DATA_DIR ${file} can not be written to (EEXIST): choose another, or correct its owner`,
    ]);
    expect(await faultsOf({ CALLBACK_CERT: file })).toEqual(['CALLBACK_CERT and CALLBACK_KEY must be set together']);
    expect(await faultsOf({ UIP_CA: '/nowhere/ca.pem' })).toEqual(['UIP_CA: /nowhere/ca.pem can not be read (ENOENT)']);
  });

  test('what we did not foresee', () => {
    expect(startErrorLines(new Error('first\nsecond'))).toEqual([
      'the start failed: first (LOG_LEVEL=debug shows where)',
    ]);
    expect(startErrorLines(new ConfigError(['a', 'b']))).toEqual(['a', 'b']);
  });
});

describe('a program', () => {
  let events: string[];
  const role = (name: 'platform' | 'callback' | 'api' | 'worker', fails = false): Starters[number] => [
    name,
    () =>
      Promise.resolve(() => {
        events.push(`start ${name}`);
        if (fails) return Promise.reject(new ApplicationError('unavailable', 'port_taken', 'taken'));
        return Promise.resolve({
          stop: () => {
            events.push(`stop ${name}`);
            return name === 'api' ? Promise.reject(new Error('stuck')) : Promise.resolve();
          },
        });
      }),
  ];

  beforeEach(() => {
    events = [];
  });

  test('starts the roles that are named, in order, and stops them in reverse', async () => {
    const starters = [role('platform'), role('callback'), role('api')];
    const program = await startProgram(
      configOf({ ROLES: 'api,platform' }),
      logger,
      new AbortController().signal,
      starters,
    );
    expect(fs.existsSync(localFile())).toBe(true);
    await program.stop();
    expect(fs.existsSync(localFile())).toBe(false);
    expect(events).toEqual(['start platform', 'start api', 'stop api', 'stop platform']);
  });

  test('stops what runs when a role fails', async () => {
    const starters = [role('platform'), role('callback', true), role('api')];
    await expect(startProgram(configOf(), logger, new AbortController().signal, starters)).rejects.toThrow('taken');
    expect(events).toEqual(['start platform', 'start callback', 'stop platform']);
    expect(fs.existsSync(localFile())).toBe(false);
  });

  test('does not go on when a stop was asked for', async () => {
    const stopping = new AbortController();
    const starters: Starters = [
      role('platform'),
      [
        'callback',
        () => {
          stopping.abort();
          return role('callback')[1]();
        },
      ],
      role('api'),
    ];
    await expect(startProgram(configOf(), logger, stopping.signal, starters)).rejects.toThrow(StartAborted);
    expect(events).toEqual(['start platform', 'start callback', 'stop callback', 'stop platform']);
  });
});

describe('a scheduled job', () => {
  test('makes the partitions that are missing', async () => {
    const last = `select max(relname) as name from pg_class where relname like 'sms_uid\\_2%' and relkind = 'r'`;
    const newest = (await rows(last))?.name as string;
    await rows(`drop table ${newest}`);
    expect(await new PartitionsJob(pool, 'gateway').run()).toBe(`made ${newest}`);
    expect(await rows(last)).toEqual({ name: newest });
  });
});

const COUNTS = `select (select count(*) from app) as apps, (select count(*) from api_key) as keys,
  (select count(*) from route) as routes, (select count(*) from price) as prices`;
