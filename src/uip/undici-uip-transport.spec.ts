import 'reflect-metadata';
import net, { type AddressInfo, type Socket } from 'node:net';
import { Logger } from '@nestjs/common';
import { createCertificateAuthority, issueCertificate } from '../config/certificate-authority.js';
import { ResultCode } from './domain/result-code.js';
import { RawReply, UipContext } from './uip-context.js';
import type { TlsMaterial, UipServerOptions } from './uip-server.options.js';
import { UipServerStrategy } from './uip-server.strategy.js';
import type { OutgoingPacket, SendOptions } from './uip-transport.js';
import { UndiciUipTransport, type UndiciUipTransportOptions } from './undici-uip-transport.js';

type Handler = (packet: Record<string, unknown>, context: UipContext) => unknown;

const PACKET: OutgoingPacket = { METHOD: 'SMS_SEND_REQUEST', members: { AUTH_KEY: 'k', SMS_CONTENT: 'é' } };
const DETAIL = { COUNTRY_CODE: 852, DEST_MSISDN: '67000011', SMS_UID: 'U', RESULT_CODE: 1, RESULT_DESC: 'OK' };
const OK = { RESULT_CODE: 1, DETAIL_LIST: [DETAIL] };

const closers: (() => Promise<unknown>)[] = [];
let server: TlsMaterial;
let client: TlsMaterial;
let stranger: TlsMaterial;
let handler: Handler;
let received: Record<string, unknown>[];

beforeAll(async () => {
  Logger.overrideLogger(false);
  const now = new Date();
  const authority = await createCertificateAuthority('test', now);
  const other = await createCertificateAuthority('other', now);
  server = { ...(await issueCertificate(authority, { commonName: 's', purpose: 'server' }, now)), ca: authority.cert };
  client = { ...(await issueCertificate(authority, { commonName: 'c', purpose: 'client' }, now)), ca: authority.cert };
  stranger = { ...(await issueCertificate(other, { commonName: 'x', purpose: 'client' }, now)), ca: authority.cert };
});

beforeEach(() => {
  received = [];
  handler = () => OK;
});

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A listener without Nest around it, and its URL. */
async function listen(options: Partial<UipServerOptions> = {}): Promise<string> {
  const strategy = new UipServerStrategy({
    method: 'SMS_SEND_REQUEST',
    path: '/dave/io',
    port: 0,
    tls: { material: server, clientAuth: 'require' },
    closeGraceMs: 0,
    ...options,
  });
  strategy.addHandler(options.method ?? 'SMS_SEND_REQUEST', (packet: Record<string, unknown>, context: UipContext) => {
    received.push(packet);
    return Promise.resolve(handler(packet, context));
  });
  await strategy.listen(() => undefined);
  closers.push(() => strategy.close());
  return `https://localhost:${strategy.port}/dave/io`;
}

/** A server of plain sockets that does what it is told, and its URL. */
async function listenRaw(onData: (socket: Socket) => void, onConnect?: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const raw = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', () => onData(socket));
    onConnect?.(socket);
  });
  await new Promise<void>((resolve) => raw.listen(0, '127.0.0.1', () => resolve()));
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => raw.close(resolve));
  });
  return `http://127.0.0.1:${(raw.address() as AddressInfo).port}/dave/io`;
}

function transport(options: UndiciUipTransportOptions = {}): UndiciUipTransport {
  const made = new UndiciUipTransport({ tls: client, allowPlainHttp: true, ...options });
  closers.push(() => made.close());
  return made;
}

const inTime = (options: Partial<SendOptions> = {}): SendOptions => ({
  deadline: performance.now() + 60_000,
  ...options,
});
/** Too short for a packet that waits in vain. */
const soon = (): SendOptions => ({ deadline: performance.now() + 50 });
/** Long enough to get a packet to its server on a machine that is busy. */
const later = (): SendOptions => ({ deadline: performance.now() + 2_000 });
const reply = (status: string, body: string, headers = ''): string =>
  `HTTP/1.1 ${status}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${headers}\r\n${body}`;

/** Port on which nobody listens. */
async function freePort(): Promise<number> {
  const probe = net.createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', () => resolve()));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

describe('a packet that is answered', () => {
  it('P2-SERIAL-7 has its general parameters added, SERIAL counting', async () => {
    const url = await listen();
    const uip = transport({ now: () => Date.UTC(2021, 0, 1) });
    const outcome = await uip.send(url, PACKET, inTime());
    expect(outcome).toEqual({
      kind: 'answered',
      serial: 1,
      serialMatches: true,
      answer: {
        serial: 1,
        resultCode: 1,
        resultDesc: 'OK',
        entries: [{ countryCode: 852, msisdn: '67000011', smsUid: 'U', resultCode: 1, resultDesc: 'OK' }],
        unreadable: 0,
      },
    });
    await uip.send(url, { ...PACKET, members: '{"AUTH_KEY":"text"}' }, inTime());
    await uip.send(url, { ...PACKET, members: {} }, inTime());
    const head = { METHOD: 'SMS_SEND_REQUEST', TYPE: 'REQUEST', TIME: '2021-01-01 08:00:00' };
    expect(received).toEqual([
      { ...head, SERIAL: 1, AUTH_KEY: 'k', SMS_CONTENT: 'é' },
      { ...head, SERIAL: 2, AUTH_KEY: 'text' },
      { ...head, SERIAL: 3 },
    ]);
  });

  it('may be refused: that is an answer', async () => {
    const url = await listen();
    handler = () => ({ RESULT_CODE: ResultCode.Busy, DETAIL_LIST: [] });
    const outcome = await transport().send(url, PACKET, inTime());
    expect(outcome).toMatchObject({ kind: 'answered', answer: { resultCode: ResultCode.Busy, entries: [] } });
  });

  it('is so under another HTTP status too, as long as it is an ANSWER', async () => {
    const answer = '{"METHOD":"SMS_SEND_REQUEST","TYPE":"ANSWER","SERIAL":1,"RESULT_CODE":"1"}';
    const url = await listenRaw((socket) => socket.write(reply('201 Created', answer)));
    await expect(transport().send(url, PACKET, inTime())).resolves.toMatchObject({ kind: 'answered' });
  });

  it('shares connections, as many as are allowed', async () => {
    const url = await listen();
    const fingerprints = new Set<string | undefined>();
    handler = (_packet, context) => {
      fingerprints.add(context.certificate?.fingerprint);
      return OK;
    };
    const uip = transport({ connections: 2 });
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => uip.send(url, PACKET, inTime())));
    expect(outcomes.every((outcome) => outcome.kind === 'answered')).toBe(true);
    expect(new Set(received.map((packet) => packet['SERIAL'])).size).toBe(20);
    expect(fingerprints.size).toBe(1);
  });

  it('goes on over new TLS material', async () => {
    const url = await listen();
    const uip = transport({ tls: stranger });
    await expect(uip.send(url, PACKET, inTime())).resolves.toMatchObject({ kind: 'in_doubt' });
    await uip.setTlsMaterial(client);
    await expect(uip.send(url, PACKET, inTime())).resolves.toMatchObject({ kind: 'answered' });
  });

  it('P2-SERIAL-9 as a report is so whatever SERIAL it carries', async () => {
    const url = await listen({ method: 'SMS_PUSH_REPORT' });
    handler = () => ({ RESULT_CODE: 1, SERIAL: 77 });
    const outcome = await transport().send(url, { METHOD: 'SMS_PUSH_REPORT', members: { SMS_UID: 'U' } }, inTime());
    expect(outcome).toMatchObject({ kind: 'answered', serialMatches: false, serial: 1, answer: { serial: 77 } });
  });
});

describe('a packet that was certainly not sent', () => {
  const notSent = (reason: string, rest: object = {}) => ({ kind: 'not_sent', reason, stopRoute: false, ...rest });

  it('has nobody to take it', async () => {
    const outcome = await transport().send(`https://localhost:${await freePort()}/dave/io`, PACKET, inTime());
    expect(outcome).toMatchObject(notSent('connect'));
  });

  it('has no address to go to', async () => {
    const lookup: net.LookupFunction = (_name, _options, callback) =>
      callback(Object.assign(new Error('not found'), { code: 'ENOTFOUND' }), []);
    const outcome = await transport({ lookup }).send('https://nowhere.example/dave/io', PACKET, inTime());
    expect(outcome).toMatchObject(notSent('dns'));
  });

  it('has an address that is not permitted, by name or literally', async () => {
    const url = await listen();
    const asked: string[] = [];
    const uip = transport({
      permits: (address) => {
        asked.push(address);
        return false;
      },
    });
    const { port } = new URL(url);
    await expect(uip.send(url, PACKET, inTime())).resolves.toMatchObject(notSent('address'));
    for (const host of ['127.0.0.1', '[::1]', '[::ffff:127.0.0.1]']) {
      const outcome = await uip.send(`https://${host}:${port}/dave/io`, PACKET, inTime());
      expect(outcome).toMatchObject(notSent('address'));
    }
    expect(asked).toEqual(expect.arrayContaining(['127.0.0.1', '::1']));
    expect(asked).not.toContain('::ffff:7f00:1');
    const open = transport({ permits: (address) => address === '127.0.0.1' || address === '::1' });
    await expect(open.send(url, PACKET, inTime())).resolves.toMatchObject({ kind: 'answered' });
    expect(received).toHaveLength(1);
  });

  it('P1-TLS-5 meets a server that it does not trust', async () => {
    const url = await listen();
    const authority = await createCertificateAuthority('not the server’s', new Date());
    const outcome = await transport({ tls: { ...client, ca: authority.cert } }).send(url, PACKET, inTime());
    expect(outcome).toMatchObject(notSent('tls'));
    expect(received).toEqual([]);
  });

  it('meets a server of another name', async () => {
    const url = await listen();
    const lookup: net.LookupFunction = (_name, _options, callback) =>
      callback(null, [{ address: '127.0.0.1', family: 4 }]);
    const elsewhere = url.replace('localhost', 'elsewhere.example');
    await expect(transport({ lookup }).send(elsewhere, PACKET, inTime())).resolves.toMatchObject(notSent('tls'));
  });

  it('meets a connection that ends during the handshake', async () => {
    const url = await listenRaw((socket) => socket.destroy());
    const outcome = await transport().send(url.replace('http:', 'https:'), PACKET, inTime());
    expect(outcome).toMatchObject(notSent('connect'));
  });

  it('waits for a handshake in vain', async () => {
    const url = await listenRaw(() => undefined);
    const outcome = await transport().send(url.replace('http:', 'https:'), PACKET, soon());
    expect(outcome).toMatchObject(notSent('deadline'));
  });

  it('waits for a free connection in vain, and does not leave later', async () => {
    const url = await listen();
    const arrived: (() => void)[] = [];
    const busy = new Promise<void>((resolve) => {
      handler = () => {
        resolve();
        return new Promise((answer) => arrived.push(() => answer(OK)));
      };
    });
    const uip = transport({ connections: 1 });
    const first = uip.send(url, PACKET, inTime());
    await busy;
    await expect(uip.send(url, PACKET, soon())).resolves.toMatchObject(notSent('deadline'));
    for (const answer of arrived) answer();
    await expect(first).resolves.toMatchObject({ kind: 'answered' });
    handler = () => OK;
    await expect(uip.send(url, PACKET, inTime())).resolves.toMatchObject({ kind: 'answered' });
    expect(received.map((packet) => packet['SERIAL'])).toEqual([1, 3]);
  });

  it('is past its deadline by the monotonic clock, or withheld, with the connection at hand', async () => {
    const url = await listen();
    let clock = 0;
    const uip = transport({ monotonic: () => clock });
    const stopped: SendOptions = {
      deadline: 60_000,
      beforeFirstByte: () => {
        throw new Error('not asked any more');
      },
    };
    const sent = uip.send(url, PACKET, stopped);
    clock = 60_000; // the process was stopped while it connected
    await expect(sent).resolves.toMatchObject(notSent('deadline'));
    clock = 0;
    const withheld = [() => false, stopped.beforeFirstByte];
    for (const beforeFirstByte of withheld) {
      const outcome = await uip.send(url, PACKET, { deadline: 60_000, beforeFirstByte });
      expect(outcome).toMatchObject(notSent('withheld'));
    }
    await expect(uip.send(url, PACKET, { deadline: 60_000, beforeFirstByte: () => true })).resolves.toMatchObject({
      kind: 'answered',
    });
    expect(received).toHaveLength(1);
  });

  it.each([
    ['403 Forbidden', 403],
    ['404 Not Found', 404],
    ['405 Method Not Allowed', 405],
    ['413 Payload Too Large', 413],
  ])('P1-CLIENT-1 gets HTTP %s: the route must stop', async (line, status) => {
    const url = await listenRaw((socket) => socket.write(reply(line, '<html>')));
    const outcome = await transport().send(url, PACKET, inTime());
    expect(outcome).toMatchObject(notSent('status', { status, stopRoute: true }));
  });

  it('P1-CALLBACK-1 has a URL that packets may not go to', async () => {
    for (const url of ['', 'dave', 'ftp://localhost/', 'http://localhost:1/dave/io']) {
      const outcome = await transport({ allowPlainHttp: false }).send(url, PACKET, inTime());
      expect(outcome).toMatchObject(notSent('url', { stopRoute: true }));
    }
  });

  it('comes after the transport was closed', async () => {
    const uip = transport();
    await uip.close();
    await expect(uip.send('https://localhost:1/', PACKET, inTime())).resolves.toMatchObject(notSent('closed'));
    closers.pop();
  });
});

describe('a packet in doubt', () => {
  const inDoubt = (reason: string, rest: object = {}) => ({ kind: 'in_doubt', reason, ...rest });

  it.each<[string, Handler, object]>([
    ['is cut off by the server', (_packet, context) => context.cut(), inDoubt('reset')],
    ['gets HTML', () => new RawReply('<html>'), inDoubt('malformed', { status: 200 })],
    ['gets an overloaded proxy', () => new RawReply('<html>', 503), inDoubt('status', { status: 503 })],
    ['gets another SERIAL', () => ({ ...OK, SERIAL: 77 }), inDoubt('serial')],
    ['gets more than is read', () => new RawReply('x'.repeat(2_000)), inDoubt('oversize')],
  ])('P1-CLIENT-2, P2-SERIAL-8 %s, and is sent once', async (_name, next, expected) => {
    const url = await listen();
    handler = next;
    const outcome = await transport({ maxAnswerBytes: 1_000 }).send(url, PACKET, inTime());
    expect(outcome).toMatchObject(expected);
    expect(received).toHaveLength(1);
  });

  it.each<[string, string | undefined, object]>([
    ['the connection ends without a word', undefined, inDoubt('reset')],
    ['it ends in the middle of the head', 'HTTP/1.1 200 OK\r\nContent-Le', inDoubt('reset')],
    [
      'it ends in the middle of the ANSWER',
      'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"MET',
      inDoubt('reset', { status: 200 }),
    ],
    ['what comes is no HTTP', 'SSH-2.0\r\n\r\n', inDoubt('reset')],
    ['HTTP 500', reply('500 Internal Server Error', ''), inDoubt('status', { status: 500 })],
    ['HTTP 502', reply('502 Bad Gateway', '<html>'), inDoubt('status', { status: 502 })],
    ['a redirect', reply('302 Found', '', 'Location: /elsewhere\r\n'), inDoubt('status', { status: 302 })],
    ['HTTP 200 without a body', reply('200 OK', ''), inDoubt('malformed', { status: 200 })],
    ['HTTP 204', 'HTTP/1.1 204 No Content\r\n\r\n', inDoubt('status', { status: 204 })],
    ['a REQUEST', reply('200 OK', '{"METHOD":"SMS_SEND_REQUEST","TYPE":"REQUEST"}'), inDoubt('malformed')],
  ])('P1-CLIENT-2 after %s, and is sent once', async (_name, bytes, expected) => {
    let connections = 0;
    const url = await listenRaw(
      (socket) => (bytes === undefined ? socket.destroy() : socket.end(bytes)),
      () => connections++,
    );
    await expect(transport().send(url, PACKET, inTime())).resolves.toMatchObject(expected);
    expect(connections).toBe(1);
  });

  it('at its deadline, though the server may still answer', async () => {
    const url = await listen();
    handler = () => new Promise(() => undefined);
    await expect(transport().send(url, PACKET, later())).resolves.toMatchObject(inDoubt('timeout'));
  });

  it('at its deadline, though the answer trickles in', async () => {
    const url = await listenRaw((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{'));
    await expect(transport().send(url, PACKET, later())).resolves.toMatchObject(inDoubt('timeout', { status: 200 }));
  });

  it('when a TLS 1.3 server refuses our certificate: it says so only after the handshake', async () => {
    const url = await listen();
    const outcome = await transport({ tls: stranger }).send(url, PACKET, inTime());
    expect(outcome).toMatchObject(inDoubt('reset'));
    expect(received).toEqual([]);
  });

  it('when a kept-alive connection turns out to be closed: it is not sent on another one', async () => {
    const requests: Socket[] = [];
    const answer = (serial: number): string =>
      reply('200 OK', `{"METHOD":"SMS_SEND_REQUEST","TYPE":"ANSWER","SERIAL":${serial},"RESULT_CODE":1}`);
    const url = await listenRaw((socket) => {
      requests.push(socket);
      if (requests.length === 1) socket.write(answer(1));
      else socket.resetAndDestroy();
    });
    const uip = transport({ connections: 1 });
    await expect(uip.send(url, PACKET, inTime())).resolves.toMatchObject({ kind: 'answered' });
    await expect(uip.send(url, PACKET, inTime())).resolves.toMatchObject(inDoubt('reset'));
    expect(requests).toHaveLength(2);
    expect(requests[0] === requests[1]).toBe(true);
  });
});
