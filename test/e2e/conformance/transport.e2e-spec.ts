import { createHash, X509Certificate } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import tls from 'node:tls';

import { ensureDevelopmentCertificates } from '../../../src/config/development-certificates.js';
import { CODE, to } from '../../support/conformance.js';
import { eventually } from '../../support/eventually.js';
import { account, makePlace, type TestPlace, TestPlatform } from '../../support/platform.js';
import { UipClient } from '../../support/uip-client.js';

let place: TestPlace;
let strict: TestPlatform;
let relaxed: TestPlatform;
/** Clients of `relaxed`, by what they show. */
const clients: UipClient[] = [];

const read = (file: string): Buffer => fs.readFileSync(file);
const client = (url: string, shown?: { cert: string; key: string }): UipClient => {
  const { ca } = place.certificates;
  const shows = shown === undefined ? {} : { cert: read(shown.cert), key: read(shown.key) };
  const made = new UipClient(url, { ca: read(ca), ...shows });
  clients.push(made);
  return made;
};
const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });

beforeAll(async () => {
  place = await makePlace();
  const { scriptClient } = place.certificates;
  const pin = new X509Certificate(read(scriptClient.cert)).fingerprint256;
  const accounts = [
    account({ allowedAddresses: ['127.0.0.0/8', '::1/128', '198.51.100.0/24', '2001:db8::/32'] }),
    account({ name: 'elsewhere', authKey: 'elsewhere-key', allowedAddresses: ['192.0.2.7'] }),
    account({ name: 'pinned', authKey: 'pinned-key', certificateFingerprints: [pin] }),
    account({ name: 'other-pin', authKey: 'other-pin-key', certificateFingerprints: [sha256('another')] }),
  ];
  strict = await TestPlatform.start({ place, accounts, environment: { TRUSTED_PROXIES: '127.0.0.0/8,::1' } });
  relaxed = await TestPlatform.start({ place, accounts, environment: { PLATFORM_CLIENT_AUTH: 'request' } });
});
afterAll(async () => {
  for (const made of clients) made.close();
  await strict.stop();
  await relaxed.stop();
  place.remove();
});

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const packet = (members: object = {}): string => JSON.stringify(strict.client.packet(members));

describe('certificates', () => {
  const foreign = async () => {
    const directory = fs.mkdtempSync(path.join(place.directory, 'foreign-'));
    return (await ensureDevelopmentCertificates(directory)).scriptClient;
  };

  it('P1-TLS-1 required: without a trusted one there is no HTTP reply', async () => {
    await expect(client(strict.url).send()).rejects.toThrow(/socket|certificate|ECONNRESET|EPIPE/);
    await expect(client(strict.url, await foreign()).send()).rejects.toThrow(/socket|certificate|ECONNRESET|EPIPE/);
    expect((await strict.client.send()).RESULT_CODE).toBe(CODE.OK);
  });

  it('P1-TLS-2 requested: served without one, not with an untrusted one', async () => {
    expect((await client(relaxed.url).send()).RESULT_CODE).toBe(CODE.OK);
    expect((await relaxed.client.send()).RESULT_CODE).toBe(CODE.OK);
    await expect(client(relaxed.url, await foreign()).send()).rejects.toThrow(/socket|ECONNRESET|EPIPE/);
  });

  it('P1-TLS-3 pinned: only those use the AUTH_KEY, whatever the setting', async () => {
    for (const platform of [strict, relaxed]) {
      expect((await platform.client.send({ AUTH_KEY: 'pinned-key' })).RESULT_CODE).toBe(CODE.OK);
      expect((await platform.client.send({ AUTH_KEY: 'other-pin-key' })).RESULT_CODE).toBe(CODE.Channel_not_exist);
    }
    const bare = client(relaxed.url);
    expect((await bare.send({ AUTH_KEY: 'pinned-key' })).RESULT_CODE).toBe(CODE.Channel_not_exist);
    const gateway = client(strict.url, place.certificates.gatewayClient);
    expect((await gateway.send({ AUTH_KEY: 'pinned-key' })).RESULT_CODE).toBe(CODE.Channel_not_exist);
    expect((await gateway.send()).RESULT_CODE).toBe(CODE.OK);
  });

  it('P1-TLS-4 no session is resumed around the look at the certificate', async () => {
    const { hostname, port } = new URL(relaxed.url);
    const options = {
      host: hostname,
      port: Number(port),
      ca: read(place.certificates.ca),
      maxVersion: 'TLSv1.2',
    } as const;
    const first = await handshake(options);
    const session = first.getSession();
    first.destroy();
    const second = await handshake({ ...options, session });
    expect(second.isSessionReused()).toBe(false);
    second.destroy();
  });
});

describe('source addresses', () => {
  it('P1-ADDR-1 in no list: 403, before the body is read', async () => {
    const reply = await strict.client.post('{', from('203.0.113.9'));
    expect(reply).toMatchObject({ status: 403, text: '' });
    expect(await partial(strict, 'POST /dave/io', 'X-Forwarded-For: 203.0.113.9')).toMatch(/^HTTP\/1\.1 403 /);
  });

  it('P1-ADDR-2 only in the list of another account: an ANSWER, Channel_not_exist', async () => {
    const codeFrom = async (address: string, members: object = {}) =>
      (JSON.parse((await strict.client.post(packet(members), from(address))).text) as { RESULT_CODE: number })
        .RESULT_CODE;
    expect(await codeFrom('192.0.2.7')).toBe(CODE.Channel_not_exist);
    expect(await codeFrom('192.0.2.7', { AUTH_KEY: 'elsewhere-key' })).toBe(CODE.OK);
    expect(await codeFrom('198.51.100.200')).toBe(CODE.OK);
    expect(await codeFrom('::ffff:198.51.100.200')).toBe(CODE.OK);
    expect(await codeFrom('2001:db8::1:2')).toBe(CODE.OK);
    expect(await codeFrom('2001:db8::1:2', { AUTH_KEY: 'elsewhere-key' })).toBe(CODE.Channel_not_exist);
  });

  it('P1-ADDR-3 are never taken from X-Forwarded-For, but for trusted proxies', async () => {
    expect((await relaxed.client.post(packet(), from('203.0.113.9'))).status).toBe(200);
    const forged = await strict.client.post(packet(), from('127.0.0.1, 203.0.113.9'));
    expect(forged.status).toBe(403);
  });
});

describe('HTTP', () => {
  it.each([
    ['no Content-Type', {}],
    ['another Content-Type', { 'content-type': 'text/plain' }],
    ['the Content-Type of a form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['the Content-Type of JSON', { 'content-type': 'application/json; charset=utf-8' }],
  ])('P1-TYPE-1 the body is read as JSON with %s', async (_, headers) => {
    const reply = await strict.client.post(packet(), { headers });
    expect(JSON.parse(reply.text)).toMatchObject({ RESULT_CODE: CODE.OK });
    expect(reply.headers['content-type']).toContain('application/json');
  });

  it('P1-HTTP-1 one POST, one ANSWER in the same exchange; the connection is kept', async () => {
    const { hostname, port } = new URL(strict.url);
    const { scriptClient, ca } = place.certificates;
    const socket = await handshake({
      host: hostname,
      port: Number(port),
      ca: read(ca),
      cert: read(scriptClient.cert),
      key: read(scriptClient.key),
    });
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    for (const answers of [1, 2]) {
      const body = packet();
      socket.write(`POST /dave/io HTTP/1.1\r\nHost: x\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
      await eventually(() => expect(text.match(/"TYPE":"ANSWER"/g)).toHaveLength(answers));
    }
    expect(text.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
    socket.destroy();
  });

  it('P1-STATUS-1 another path: 404', async () => {
    for (const at of ['/', '/dave/io/', '/dave/ioo', '/DAVE/IO', '/dr'])
      expect((await strict.client.post(packet(), { path: at })).status).toBe(404);
  });

  it('P1-STATUS-2 another method: 405', async () => {
    for (const method of ['GET', 'PUT', 'DELETE'])
      expect(await strict.client.post('', { method })).toMatchObject({ status: 405, headers: { allow: 'POST' } });
  });

  it('P1-STATUS-3 a body over the limit: 413, said beforehand or not', async () => {
    const body = packet({ SMS_CONTENT: 'x'.repeat(256 * 1024) });
    expect((await strict.client.post(body)).status).toBe(413);
    expect((await strict.client.post(body, { headers: { 'transfer-encoding': 'chunked' } })).status).toBe(413);
    expect((await strict.client.send()).RESULT_CODE).toBe(CODE.OK);
  });

  it('P1-ERR-1 whatever is read as a UIP request is answered by an ANSWER', async () => {
    const bodies = [
      '',
      ' ',
      '{',
      '[]',
      '{}',
      'null',
      '"METHOD"',
      '{"METHOD":5}',
      Buffer.from([0xff, 0xfe]),
      '['.repeat(1e5),
    ];
    for (const body of bodies) {
      const reply = await strict.client.post(body);
      expect(reply.status).toBe(200);
      expect(JSON.parse(reply.text)).toMatchObject({ METHOD: 'SMS_SEND_REQUEST', TYPE: 'ANSWER', DETAIL_LIST: [] });
    }
    expect((await strict.client.send(to(852, 'nonsense'))).TYPE).toBe('ANSWER');
  });
});

function handshake(options: tls.ConnectionOptions): Promise<tls.TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ servername: 'localhost', ...options }, () => resolve(socket));
    socket.once('error', reject);
  });
}

/** Sends the head of a request whose body does not come. */
async function open(platform: TestPlatform, line: string, ...headers: string[]): Promise<tls.TLSSocket> {
  const { hostname, port } = new URL(platform.url);
  const { scriptClient, ca } = place.certificates;
  const files = { ca: read(ca), cert: read(scriptClient.cert), key: read(scriptClient.key) };
  const socket = await handshake({ host: hostname, port: Number(port), ...files });
  socket.on('error', () => undefined);
  socket.write([`${line} HTTP/1.1`, 'Host: x', 'Content-Length: 100', ...headers, '', ''].join('\r\n'));
  return socket;
}

/** The reply to a request of which only the head is sent. */
async function partial(platform: TestPlatform, line: string, ...headers: string[]): Promise<string> {
  const socket = await open(platform, line, ...headers);
  const reply = await new Promise<string>((resolve) =>
    socket.once('data', (chunk: Buffer) => resolve(chunk.toString())),
  );
  socket.destroy();
  return reply;
}
