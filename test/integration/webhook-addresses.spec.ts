import type { TestingModule } from '@nestjs/testing';
import { randomBytes } from 'node:crypto';
import diagnostics from 'node:diagnostics_channel';
import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo, type LookupFunction } from 'node:net';

import { LocalSecretStore } from '../../src/config/secret-store.js';
import { insertTest } from '../../src/database/statements/webhook-list.js';
import { WebhookSignatures } from '../../src/reporting/webhooks/webhook-signatures.js';
import { uuidv7 } from '../../src/uuid.js';
import type { JsonClient } from '../../scripts/sandbox/json-client.js';
import { eventually } from '../support/eventually.js';
import { GatewayApi } from '../support/gateway-api.js';
import { GatewayTraffic } from '../support/gateway-traffic.js';
import { startWebhookWorker } from '../support/webhook-worker.js';

/** Stands for the public Internet: the one address that the configuration permits beside it. */
const PUBLIC = '127.0.0.2';

let traffic: GatewayTraffic;
let api: GatewayApi;
let client: JsonClient;
let worker: TestingModule;
let port: number;
let receiver: http.Server;
const received: string[] = [];
/** Addresses to which something tried to connect, at the receivers' port. */
const attempted: string[] = [];
let canaryConnections = 0;

/** What names resolve to, one answer a lookup; the last one stays. */
const names = new Map<string, string[][]>([
  ['loopback.example', [['127.0.0.1']]],
  ['loopback6.example', [['::1']]],
  ['mapped.example', [['::ffff:127.0.0.1']]],
  ['mapped-hex.example', [['::ffff:7f00:1']]],
  ['private.example', [['10.0.0.1', '192.168.0.1']]],
  ['metadata.example', [['169.254.169.254']]],
  ['shared.example', [['100.64.0.1']]],
  ['nat64.example', [['64:ff9b::7f00:1']]],
  ['sixtofour.example', [['2002:7f00:1::1']]],
  ['compatible.example', [['::7f00:1']]],
  ['zoned.example', [['fe80::1%lo']]],
  ['unspecified.example', [['0.0.0.0'], ['::']]],
  // Public when it is looked at, loopback when it is connected to, and the other way round.
  ['rebinds.example', [[PUBLIC], ['127.0.0.1']]],
  ['rebinds-late.example', [['127.0.0.1'], [PUBLIC], ['127.0.0.1']]],
  ['localhost', [['127.0.0.1', '::1']]],
  ['foo.localhost', [['127.0.0.1']]],
  ['mixed.example', [['127.0.0.1', PUBLIC]]],
  ...Array.from({ length: 19 }, (_, index): [string, string[][]] => [`good${index}.example`, [[PUBLIC]]]),
]);

const lookup: LookupFunction = (hostname, _options, callback) => {
  const answers = names.get(hostname) ?? [];
  const found = (answers.length > 1 ? answers.shift() : answers[0]) ?? [];
  if (found.length === 0) callback(Object.assign(new Error('unknown'), { code: 'ENOTFOUND' }), []);
  else callback(null, found.map((address) => ({ address, family: net.isIP(address.split('%')[0]) }))); // prettier-ignore
};

const onSocket = (message: unknown): void => {
  const { socket } = message as { socket: net.Socket };
  socket.on('connectionAttempt', (ip: string, to: number) => {
    if (to === port) attempted.push(ip);
  });
};

beforeAll(async () => {
  traffic = await GatewayTraffic.create();
  api = await GatewayApi.start(traffic, { WEBHOOK_ALLOWED_NETWORKS: `${PUBLIC}/32` });
  client = api.client(await api.key('two', ['webhooks:manage']));
  receiver = http.createServer((request, response) => {
    request.resume().on('end', () => {
      received.push(request.headers.host?.split(':')[0] ?? '');
      response.setHeader('Connection', 'close');
      if (request.url === '/redirect') response.writeHead(302, { Location: `http://127.0.0.1:${port}/` });
      response.end();
    });
  });
  receiver.on('connection', (socket: net.Socket) => {
    if (socket.localAddress !== `::ffff:${PUBLIC}`) canaryConnections += 1;
  });
  // All addresses at once: a port that is free at one of them may be taken at another.
  receiver.listen(0, '::');
  await once(receiver, 'listening');
  ({ port } = receiver.address() as AddressInfo);
  diagnostics.subscribe('net.client.socket', onSocket);
  worker = await startWebhookWorker(api.runtime, { lookup });
});

afterAll(async () => {
  diagnostics.unsubscribe('net.client.socket', onSocket);
  await worker.close();
  receiver.close();
  await api.stop();
  await traffic.drop();
});

/** 60 URLs that lead, or would lead, into the network that we are in; or that are none for HTTP at all. */
const hostile = (): string[] => [
  ...[
    '127.0.0.1',
    '127.1',
    '127.0.0.1.',
    '0177.0.0.1',
    '0x7f.0.0.1',
    '0x7f000001',
    '2130706433',
    '017700000001',
    '127。0。0。1',
    '１２７.0.0.1',
    '①②⑦.⓪.⓪.①',
    '%31%32%37.0.0.1',
    '0',
    '0.0.0.0',
    '10.0.0.1',
    '172.16.0.1',
    '192.168.0.1',
    '169.254.169.254',
    '2852039166',
    '100.64.0.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[0:0:0:0:0:ffff:7f00:1]',
    '[::127.0.0.1]',
    '[::ffff:0:127.0.0.1]',
    '[64:ff9b::127.0.0.1]',
    '[64:ff9b:1::127.0.0.1]',
    '[2002:7f00:1::]',
    '[2001:0:7f00:1::]',
    '[fe80::1]',
    '[fd00:ec2::254]',
    '[ff02::1]',
    'loopback.example',
    'loopback6.example',
    'mapped.example',
    'mapped-hex.example',
    'private.example',
    'metadata.example',
    'shared.example',
    'nat64.example',
    'sixtofour.example',
    'compatible.example',
    'zoned.example',
    'unspecified.example',
    'localhost',
    'foo.localhost',
  ].map((host) => `http://${host}:${port}/`),
  `http://user:password@good0.example:${port}/`,
  `http://good0.example@127.0.0.1:${port}/`,
  `http://127.0.0.1:${port}\\@good0.example/`,
  `https://127.0.0.1:${port}/`,
  'http://good0.example:22/',
  'ftp://127.0.0.1/',
  'file:///etc/passwd',
  `ws://127.0.0.1:${port}/`,
  `data:text/plain,http://127.0.0.1:${port}/`,
];

/** Puts an endpoint in place, past all that the API would refuse. */
async function endpoint(url: string): Promise<string> {
  const id = uuidv7(Date.now(), randomBytes(10));
  const { sealed } = await new WebhookSignatures(new LocalSecretStore(traffic.secrets)).create();
  await traffic.rows(
    `insert into webhook_endpoint (id, app_id, url, secret, position, created_at) values ($1, $2, $3, $4, 0, now())`,
    [id, traffic.appId, url, sealed],
  );
  return id;
}

async function attemptsOf(id: string): Promise<{ status: number | null; error: string | null }[]> {
  return traffic.rows<{ status: number | null; error: string | null }>(
    `select a.status, a.error from webhook_attempt a join webhook_delivery d on d.id = a.delivery_id
     where d.endpoint_id = $1 order by a.id`,
    [id],
  );
}

const tellAll = async (ids: readonly string[]): Promise<void> => {
  for (const id of ids) await insertTest(traffic.database, id, uuidv7(Date.now(), randomBytes(10)), Date.now());
};

describe('webhook URLs', () => {
  it('60 hostile ones are never connected to, by name, notation or later answer of DNS; 20 good ones beside them work', async () => {
    const urls = hostile();
    expect(new Set(urls).size).toBe(60);
    const bad = await Promise.all(urls.map(endpoint));
    const good = await Promise.all(
      Array.from({ length: 19 }, (_, index) => endpoint(`http://good${index}.example:${port}/`)),
    );
    good.push(await endpoint(`http://mixed.example:${port}/`));
    await tellAll([...bad, ...good]);
    await eventually(
      async () => {
        for (const id of [...bad, ...good]) expect((await attemptsOf(id)).length).toBeGreaterThan(0);
      },
      { timeout: 30_000, interval: 200 },
    );
    for (const [index, id] of bad.entries()) {
      const statuses = (await attemptsOf(id)).map(({ status }) => status);
      expect([urls[index], statuses.every((status) => status === null)]).toEqual([urls[index], true]);
    }
    for (const id of good) expect(await attemptsOf(id)).toEqual([{ status: 200, error: null }]);
    expect(new Set(received).size).toBe(20);
    expect(canaryConnections).toBe(0);
    expect(new Set(attempted)).toEqual(new Set([PUBLIC]));
  });

  it('a name is judged at every connection, and a redirect is not followed', async () => {
    const first = await endpoint(`http://rebinds.example:${port}/`);
    const late = await endpoint(`http://rebinds-late.example:${port}/`);
    const redirect = await endpoint(`http://good1.example:${port}/redirect`);
    await tellAll([first, late, redirect]);
    await eventually(async () => {
      expect(await attemptsOf(first)).toEqual([{ status: 200, error: null }]);
      expect((await attemptsOf(late)).at(0)).toEqual({ status: null, error: 'the address is not permitted' });
      expect((await attemptsOf(redirect)).at(0)).toEqual({ status: 302, error: null });
    });
    await tellAll([first]);
    await eventually(async () => {
      expect((await attemptsOf(first)).at(1)).toEqual({ status: null, error: 'the address is not permitted' });
    });
    expect(canaryConnections).toBe(0);
    expect(new Set(attempted)).toEqual(new Set([PUBLIC]));
  });

  it('the API refuses at once what needs no connection to be refused', async () => {
    let refused = 0;
    for (const url of hostile()) {
      const answer = await client.call<{ code: string; id: string }>('POST', '/v1/webhooks', { json: { url } });
      if (answer.status === 422) expect(answer.body.code).toBe('webhook_url_refused');
      else await client.expect(204, 'DELETE', `/v1/webhooks/${answer.body.id}`);
      refused += answer.status === 422 ? 1 : 0;
    }
    // All but the names, which may lead elsewhere tomorrow.
    expect(refused).toBe(46);
  });
});
