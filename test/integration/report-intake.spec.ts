import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { once } from 'node:events';

import { loadConfig } from '../../src/config/config.js';
import {
  type DevelopmentCertificates,
  ensureDevelopmentCertificates,
} from '../../src/config/development-certificates.js';
import { Database } from '../../src/database/database.js';
import { createLogger } from '../../src/observability/logger.js';
import { startCallback } from '../../src/roles/callback.js';
import type { RunningRole, Runtime } from '../../src/runtime.js';
import { attemptBody } from '../../src/uip/domain/customer-body.js';
import { eventually } from '../support/eventually.js';
import { GatewayTraffic } from '../support/gateway-traffic.js';

const ATTEMPT = '0190a000-0000-7000-8000-00000000000a';
let traffic: GatewayTraffic;
let directory: string;
let certificates: DevelopmentCertificates;
const running: RunningRole[] = [];
const agents: https.Agent[] = [];

beforeAll(async () => {
  traffic = await GatewayTraffic.create();
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'cloudsms-intake-'));
  certificates = await ensureDevelopmentCertificates(path.join(directory, 'certificates'));
});

afterEach(async () => {
  for (const agent of agents.splice(0)) agent.destroy();
  for (const role of running.splice(0)) await role.stop();
});

afterAll(async () => {
  await traffic.drop();
  fs.rmSync(directory, { recursive: true, force: true });
});

function runtimeOf(variables: Record<string, string> = {}, url = traffic.url): Runtime {
  const config = loadConfig(
    { CALLBACK_PORT: '0', DATA_DIR: directory, DATABASE_URL: url, ...variables },
    'sandbox.json',
  );
  const callback = { ...certificates.callback, ca: certificates.ca };
  return {
    config,
    logger: createLogger('silent'),
    secrets: traffic.secrets,
    tls: { callback, platform: callback, uipClient: callback, pushClient: callback },
    databases: { gateway: url, platform: undefined },
    addresses: {},
  };
}

async function start(runtime: Runtime): Promise<string> {
  running.push(await startCallback(runtime));
  return runtime.addresses.callbackUrl ?? '';
}

const packet = (overrides: Record<string, unknown> = {}) => ({
  METHOD: 'SMS_PUSH_REPORT',
  TYPE: 'REQUEST',
  SERIAL: 7,
  TIME: '2026-01-02 08:00:00',
  SMS_UID: 'U'.repeat(32),
  SOURCE_MSISDN: 'CloudSMS',
  SMS_RESULT_LIST: [{ COUNTRY_CODE: 852, DEST_MSISDN: '67000011', SMS_STATE: 2, RESULT_DESC: 'DELIVERED' }],
  REPORT_TIME: '2026-01-02 07:59:58',
  CUSTOMER_BODY: attemptBody(ATTEMPT),
  ...overrides,
});

interface Reply {
  readonly status: number;
  readonly answer: Record<string, unknown>;
}

function post(
  url: string,
  body: string,
  headers: http.OutgoingHttpHeaders = {},
  withCertificate = true,
): Promise<Reply> {
  const pair = withCertificate
    ? { cert: fs.readFileSync(certificates.platformClient.cert), key: fs.readFileSync(certificates.platformClient.key) }
    : {};
  return new Promise((resolve, reject) => {
    const send = url.startsWith('https:') ? https.request : http.request;
    const agent = url.startsWith('https:')
      ? new https.Agent({ ca: fs.readFileSync(certificates.ca), ...pair })
      : undefined;
    if (agent !== undefined) agents.push(agent);
    const request = send(url, { method: 'POST', agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, answer: text === '' ? {} : JSON.parse(text) }),
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}

const stored = () =>
  traffic.rows(
    `select sms_uid, country_code, msisdn, sms_state, attempt_id::text, foreign_body, reported_at, result_desc, raw,
       exists (select from report_queue where report_id = id) as queued
     from report order by id`,
  );

describe('POST /dr', () => {
  beforeEach(async () => {
    await traffic.rows('delete from report_queue');
    await traffic.rows('delete from report');
  });

  it('P7-GATEWAY-1 stores what came, queues it, and answers 1', async () => {
    const url = await start(runtimeOf());
    expect(url).toMatch(/^https:\/\/localhost:\d+\/dr$/);
    const raw = JSON.stringify(packet());
    const { status, answer } = await post(url, raw);
    expect(status).toBe(200);
    expect(answer).toMatchObject({ METHOD: 'SMS_PUSH_REPORT', TYPE: 'ANSWER', SERIAL: 7, RESULT_CODE: 1 });
    expect(await stored()).toEqual([
      {
        sms_uid: 'U'.repeat(32),
        country_code: 852,
        msisdn: '67000011',
        sms_state: 2,
        attempt_id: ATTEMPT,
        foreign_body: false,
        reported_at: new Date('2026-01-02T07:59:58+08:00'),
        result_desc: 'DELIVERED',
        raw,
        queued: true,
      },
    ]);
  });

  it('P7-GATEWAY-2 takes one object for a list, numeric texts, states outside the table, and what has no CUSTOMER_BODY', async () => {
    const url = await start(runtimeOf());
    const entry = { COUNTRY_CODE: '852', DEST_MSISDN: 67000011, SMS_STATE: '4000000000' };
    const { answer } = await post(
      url,
      JSON.stringify(packet({ SMS_RESULT_LIST: entry, CUSTOMER_BODY: undefined, REPORT_TIME: undefined })),
    );
    expect(answer).toMatchObject({ RESULT_CODE: 1 });
    expect(await stored()).toMatchObject([
      { country_code: 852, msisdn: '67000011', sms_state: 4_000_000_000, attempt_id: null, reported_at: null },
    ]);
  });

  it('P7-GATEWAY-3 stores each readable entry of a packet', async () => {
    const url = await start(runtimeOf());
    const entry = { COUNTRY_CODE: 852, DEST_MSISDN: '67000011', SMS_STATE: 2 };
    const list = [entry, 'nonsense', { ...entry, DEST_MSISDN: '67000012' }];
    const { answer } = await post(url, JSON.stringify(packet({ SMS_RESULT_LIST: list })));
    expect(answer).toMatchObject({ RESULT_CODE: 1 });
    expect(await stored()).toMatchObject([{ msisdn: '67000011' }, { msisdn: '67000012' }]);
  });

  it.each([
    ['an absent SMS_UID', packet({ SMS_UID: '' })],
    ['no readable entry', packet({ SMS_RESULT_LIST: [{ SMS_STATE: 2 }] })],
    ['the other METHOD', packet({ METHOD: 'SMS_SEND_REQUEST' })],
  ])('P7-GATEWAY-4 answers Invalid_parameter to %s, and stores nothing', async (_what, body) => {
    const url = await start(runtimeOf());
    const { status, answer } = await post(url, JSON.stringify(body));
    expect(status).toBe(200);
    expect(answer).toMatchObject({ TYPE: 'ANSWER', RESULT_CODE: 0x1000_0001 });
    expect(await stored()).toEqual([]);
  });

  it('stores every one of many that come at once', async () => {
    const url = await start(runtimeOf());
    const bodies = Array.from({ length: 60 }, (_, index) => JSON.stringify(packet({ SMS_UID: `U${index}` })));
    const replies = await Promise.all(bodies.map((body) => post(url, body)));
    expect(replies.every(({ answer }) => answer.RESULT_CODE === 1)).toBe(true);
    expect(new Set((await stored()).map(({ sms_uid }) => sms_uid)).size).toBe(60);
  });

  it('P7-GATEWAY-5 answers DB_not_find while it can not store', async () => {
    const blocked = await GatewayTraffic.create();
    try {
      const url = await start(runtimeOf({}, blocked.url));
      await blocked.rows('drop table report');
      const { status, answer } = await post(url, JSON.stringify(packet()));
      expect(status).toBe(200);
      expect(answer).toMatchObject({ RESULT_CODE: 0x1000_000e });
    } finally {
      await running.pop()?.stop();
      await blocked.drop();
    }
  });

  it('P1-TLS-6 is out of reach without a trusted certificate, unless the setting says so', async () => {
    const url = await start(runtimeOf());
    await expect(post(url, JSON.stringify(packet()), {}, false)).rejects.toThrow(
      /socket|certificate|ECONNRESET|disconnected/,
    );
    expect(await stored()).toEqual([]);
    const open = await start(runtimeOf({ CALLBACK_CLIENT_AUTH: 'none' }));
    expect((await post(open, JSON.stringify(packet()), {}, false)).answer).toMatchObject({ RESULT_CODE: 1 });
  });

  it('P1-CALLBACK-2 turns strange addresses away', async () => {
    const url = await start(runtimeOf({ CALLBACK_ALLOWED_ADDRESSES: '192.0.2.0/24' }));
    expect((await post(url, JSON.stringify(packet()))).status).toBe(403);
  });

  it('is plain HTTP behind a proxy, whose word about addresses is believed', async () => {
    const url = await start(
      runtimeOf({ CALLBACK_TLS: 'off', TRUSTED_PROXIES: '127.0.0.1,::1', CALLBACK_ALLOWED_ADDRESSES: '192.0.2.0/24' }),
    );
    expect(url).toMatch(/^http:/);
    const body = JSON.stringify(packet());
    expect((await post(url, body, { 'X-Forwarded-For': '192.0.2.7' })).answer).toMatchObject({ RESULT_CODE: 1 });
    expect((await post(url, body, { 'X-Forwarded-For': '198.51.100.7' })).status).toBe(403);
  });

  it('is ready while it can commit, for probes on a port of their own', async () => {
    const blocked = await GatewayTraffic.create();
    const runtime = runtimeOf({ CALLBACK_HEALTH_PORT: '0' }, blocked.url);
    await start(runtime);
    const probe = async (path: string) => (await fetch(`${runtime.addresses.callbackHealthUrl}${path}`)).status;
    expect([await probe('/health/live'), await probe('/health/ready'), await probe('/dr')]).toEqual([200, 200, 404]);
    await blocked.drop();
    await eventually(async () => expect(await probe('/health/ready')).toBe(503));
    expect(await probe('/health/live')).toBe(200);
    await running.pop()?.stop();
    await expect(probe('/health/live')).rejects.toThrow('fetch failed');
  });

  it('says in one line what to do about a taken port', async () => {
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as net.AddressInfo;
    try {
      await expect(startCallback(runtimeOf({ CALLBACK_PORT: String(port) }))).rejects.toMatchObject({
        kind: 'unavailable',
        code: 'port_taken',
        message: expect.stringMatching(/^port \d+ \(CALLBACK_PORT\) is taken: [^\n]+$/),
      });
    } finally {
      server.close();
    }
  });

  it('answers what is under way before it stops', async () => {
    const runtime = runtimeOf();
    const url = await start(runtime);
    const database = new Database({ url: traffic.url, connections: 1, name: 'blocker' });
    // The table is locked, so that the report is under way until the lock goes.
    const [reply, stopped] = await database.transaction(async (transaction) => {
      await transaction.run({ name: 'block', text: 'lock table report in share mode' }, []);
      const reply = post(url, JSON.stringify(packet()));
      const waiting = {
        name: '',
        text: `select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
      };
      // Within a transaction PostgreSQL would show the same sessions again and again.
      const look = { name: '', text: 'select pg_stat_clear_snapshot()' };
      while ((await transaction.run(waiting, [])).length === 0) await transaction.run(look, []);
      return [reply, running.pop()?.stop()] as const;
    });
    expect((await reply).answer).toMatchObject({ RESULT_CODE: 1 });
    await stopped;
    await database.close();
    expect(await stored()).toHaveLength(1);
  });
});
