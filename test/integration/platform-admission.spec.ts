import { X509Certificate } from 'node:crypto';
import fs from 'node:fs';
import https from 'node:https';
import tls from 'node:tls';

import { eventually } from '../support/eventually.js';
import { account, makePlace, type TestPlace, TestPlatform } from '../support/platform.js';
import { type SendAnswer, UipClient } from '../support/uip-client.js';

const OK = 1;
const CHANNEL_NOT_EXIST = 5;

let place: TestPlace;
let ca: Buffer;
let script: { cert: Buffer; key: Buffer; ca: Buffer };
let gateway: { cert: Buffer; key: Buffer; ca: Buffer };

beforeAll(async () => {
  place = await makePlace();
  const { certificates } = place;
  const read = ({ cert, key }: { cert: string; key: string }) => ({
    cert: fs.readFileSync(cert),
    key: fs.readFileSync(key),
    ca: fs.readFileSync(certificates.ca),
  });
  script = read(certificates.scriptClient);
  gateway = read(certificates.gatewayClient);
  ca = script.ca;
});
afterAll(() => place.remove());

const fingerprintOf = ({ cert }: { cert: Buffer }) => new X509Certificate(cert).fingerprint256;

describe('source addresses', () => {
  const accounts = [
    account({ name: 'inside', authKey: 'inside-key', allowedAddresses: ['10.1.0.0/16', '2001:db8::/32'] }),
  ];
  const from = (platform: TestPlatform, forwarded: string | undefined, authKey = 'inside-key') =>
    platform.client.post(JSON.stringify(platform.client.packet({ AUTH_KEY: authKey })), {
      headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
    });

  it('are those of the connection, whatever X-Forwarded-For says, unless a trusted proxy says it', async () => {
    const platform = await TestPlatform.start({ place, accounts });
    expect((await from(platform, '10.1.2.3')).status).toBe(403);
    expect((await from(platform, undefined)).status).toBe(403);
    await platform.stop();
  });

  it('are the last that a trusted proxy has seen: what a client wrote into the header is not believed', async () => {
    const environment = { TRUSTED_PROXIES: '127.0.0.1/32,::1' };
    const others = [...accounts, account({ name: 'local' })];
    const platform = await TestPlatform.start({ place, accounts: others, environment });
    const codeFrom = async (forwarded: string) => {
      const { status, text } = await from(platform, forwarded);
      return status === 200 ? (JSON.parse(text) as SendAnswer).RESULT_CODE : status;
    };
    expect(await codeFrom('10.1.2.3')).toBe(OK);
    expect(await codeFrom('::ffff:10.1.2.3')).toBe(OK);
    expect(await codeFrom('2001:db8::17')).toBe(OK);
    expect(await codeFrom('192.0.2.1, 10.1.2.3')).toBe(OK);
    expect(await codeFrom('10.1.2.3, 192.0.2.1')).toBe(403);
    expect(await codeFrom('unknown')).toBe(403);
    // Only in another account's list.
    expect(await codeFrom('127.1.2.3')).toBe(CHANNEL_NOT_EXIST);
    await platform.stop();
  });
});

describe('certificates', () => {
  const accounts = () => [
    account({ name: 'pinned', authKey: 'pinned-key', certificateFingerprints: [fingerprintOf(script)] }),
    account({ name: 'open', authKey: 'open-key' }),
  ];
  const codeOf = async (client: UipClient, AUTH_KEY: string) => (await client.send({ AUTH_KEY })).RESULT_CODE;

  it('pins: only the pinned one may use the AUTH_KEY, where a certificate is required', async () => {
    const platform = await TestPlatform.start({ place, accounts: accounts() });
    const other = new UipClient(platform.url, gateway);
    expect(await codeOf(platform.client, 'pinned-key')).toBe(OK);
    expect(await codeOf(other, 'pinned-key')).toBe(CHANNEL_NOT_EXIST);
    expect(await codeOf(other, 'open-key')).toBe(OK);
    const none = new UipClient(platform.url, { ca });
    await expect(codeOf(none, 'open-key')).rejects.toMatchObject({
      code: expect.stringMatching(/ECONNRESET|ERR_SSL|EPIPE/) as string,
    });
    for (const client of [other, none]) client.close();
    await platform.stop();
  });

  it('pins hold where none is required, too, and no session is resumed around them', async () => {
    const environment = { PLATFORM_CLIENT_AUTH: 'request' };
    const platform = await TestPlatform.start({ place, accounts: accounts(), environment });
    const none = new UipClient(platform.url, { ca });
    expect(await codeOf(platform.client, 'pinned-key')).toBe(OK);
    expect(await codeOf(none, 'open-key')).toBe(OK);
    expect(await codeOf(none, 'pinned-key')).toBe(CHANNEL_NOT_EXIST);
    none.close();
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      const sessions = await sessionsOf(platform, { ...script, maxVersion });
      if (maxVersion === 'TLSv1.2') expect(sessions).not.toEqual([]);
      for (const session of sessions) {
        const answer = await sendOn(platform, { ca, maxVersion, session });
        expect({ reused: answer.reused, code: answer.code }).toEqual({ reused: false, code: CHANNEL_NOT_EXIST });
      }
    }
    await platform.stop();
  });
});

describe('an account that is revoked', () => {
  it('is shut out on connections that are open, too', async () => {
    const platform = await TestPlatform.start({ place, accounts: [account()] });
    const beside = await TestPlatform.start({ place, accounts: [account()], beside: platform });
    const codeOf = async (through: TestPlatform) => (await through.client.send()).RESULT_CODE;
    expect([await codeOf(platform), await codeOf(beside)]).toEqual([OK, OK]);
    await platform.admin('POST /admin/v1/accounts/demo/revoke');
    expect(await codeOf(platform)).toBe(CHANNEL_NOT_EXIST);
    await eventually(async () => expect(await codeOf(beside)).toBe(CHANNEL_NOT_EXIST));
    await beside.stop();
    await platform.stop();
  });
});

/** What a connection with a certificate is given to resume it by. */
async function sessionsOf(platform: TestPlatform, options: tls.ConnectionOptions): Promise<Buffer[]> {
  const sessions: Buffer[] = [];
  const collect = (socket: tls.TLSSocket) => {
    socket.on('session', (session) => sessions.push(session));
    const session = socket.getSession();
    if (session !== undefined) sessions.push(session);
  };
  await sendOn(platform, options, collect);
  return sessions;
}

function sendOn(
  platform: TestPlatform,
  options: tls.ConnectionOptions,
  onSocket: (socket: tls.TLSSocket) => void = () => undefined,
): Promise<{ reused: boolean; code: number }> {
  const { hostname, port } = new URL(platform.url);
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ ...options, host: hostname, port: Number(port), servername: hostname });
    socket.once('secureConnect', () => {
      onSocket(socket);
      const request = https.request(platform.url, { method: 'POST', createConnection: () => socket });
      request.on('error', reject);
      request.on('response', (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => {
          const { RESULT_CODE: code } = JSON.parse(text) as SendAnswer;
          resolve({ reused: socket.isSessionReused(), code });
          socket.destroy();
        });
      });
      request.end(JSON.stringify(platform.client.packet({ AUTH_KEY: 'pinned-key' })));
    });
    socket.on('error', reject);
  });
}
