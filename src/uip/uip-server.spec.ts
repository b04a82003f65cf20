import 'reflect-metadata';
import http from 'node:http';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import { Controller, Logger, UseFilters, type INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import { EMPTY, of, throwError } from 'rxjs';
import { createCertificateAuthority, issueCertificate } from '../config/certificate-authority.js';
import { ApplicationError } from '../errors.js';
import { AddressList } from './address-list.js';
import { MAX_BODY_BYTES } from './domain/envelope.js';
import type { WireObject } from './domain/members.js';
import { ResultCode } from './domain/result-code.js';
import { UipFault } from './domain/uip-fault.js';
import { UipAnswerFilter } from './uip-answer.filter.js';
import { RawReply, UipContext } from './uip-context.js';
import type { TlsMaterial, UipServerOptions } from './uip-server.options.js';
import { UipServerStrategy } from './uip-server.strategy.js';
import { SendRequestPipe } from './send-request.pipe.js';
import type { SendRequestPacket } from './send-request.dto.js';

type Handler = (packet: unknown, context: UipContext) => unknown;
let handler: Handler = () => ({ RESULT_CODE: 1 });

@Controller()
@UseFilters(new UipAnswerFilter({ unavailable: ResultCode.DB_not_find }))
class ReportController {
  @MessagePattern('SMS_PUSH_REPORT')
  handle(@Payload() packet: WireObject, @Ctx() context: UipContext): unknown {
    return handler(packet, context);
  }
}

@Controller()
@UseFilters(new UipAnswerFilter())
class SendController {
  @MessagePattern('SMS_SEND_REQUEST')
  handle(@Payload(SendRequestPipe) packet: SendRequestPacket, @Ctx() context: UipContext): unknown {
    packet.wellFormed(context.body);
    return handler(packet, context);
  }
}

@Controller()
class UnfilteredController {
  @MessagePattern('SMS_PUSH_REPORT')
  handle(): unknown {
    throw new Error('nobody takes this');
  }
}

class ReportModule {}
class SendModule {}
class UnfilteredModule {}
class NobodyModule {}

const CONTROLLERS = new Map<unknown, object[]>([
  [ReportModule, [ReportController]],
  [SendModule, [SendController]],
  [UnfilteredModule, [UnfilteredController]],
  [NobodyModule, []],
]);

interface Reply {
  status: number;
  headers: http.IncomingHttpHeaders;
  text: string;
  packet: Record<string, unknown>;
}

interface RequestOptions extends https.RequestOptions {
  body?: string | Buffer;
  tls?: boolean;
}

/** What a client sees of a connection that ends without an HTTP reply. */
const NO_REPLY = /hang up|ECONNRESET|alert/;
const REPORT = { METHOD: 'SMS_PUSH_REPORT', TYPE: 'REQUEST', SERIAL: 9, SMS_UID: 'U' };
const opened: INestMicroservice[] = [];
let server: TlsMaterial;
let client: TlsMaterial;
let stranger: TlsMaterial;

beforeAll(async () => {
  Logger.overrideLogger(false);
  const now = new Date();
  const authority = await createCertificateAuthority('test', now);
  const other = await createCertificateAuthority('other', now);
  server = { ...(await issueCertificate(authority, { commonName: 's', purpose: 'server' }, now)), ca: authority.cert };
  client = { ...(await issueCertificate(authority, { commonName: 'c', purpose: 'client' }, now)), ca: authority.cert };
  stranger = { ...(await issueCertificate(other, { commonName: 'x', purpose: 'client' }, now)), ca: authority.cert };
});

afterEach(async () => {
  handler = () => ({ RESULT_CODE: 1 });
  await Promise.all(opened.splice(0).map((app) => app.close()));
});

async function start(
  options: Partial<UipServerOptions> = {},
  module: new () => object = ReportModule,
): Promise<UipServerStrategy> {
  const strategy = new UipServerStrategy({
    method: 'SMS_PUSH_REPORT',
    path: '/dr',
    port: 0,
    host: '127.0.0.1',
    ...options,
  });
  const root = { module, controllers: CONTROLLERS.get(module) as never[] };
  const app = await NestFactory.createMicroservice(root, { strategy, logger: false, abortOnError: false });
  opened.push(app);
  await app.listen();
  return strategy;
}

const mutual = (): Partial<UipServerOptions> => ({ tls: { material: server, clientAuth: 'require' } });

function request(port: number, options: RequestOptions = {}): Promise<Reply> {
  const { body = JSON.stringify(REPORT), tls = false, ...rest } = options;
  const send = tls ? https.request : http.request;
  const headers = rest.headers ?? { 'Content-Length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const call = send(
      { host: '127.0.0.1', port, path: '/dr', method: 'POST', agent: false, ...rest, headers },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('error', reject);
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          const packet = text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {};
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text, packet });
        });
      },
    );
    call.on('error', reject);
    call.end(body);
  });
}

const withTls = (material: Partial<TlsMaterial>): RequestOptions => ({
  tls: true,
  ...(material as https.RequestOptions),
});

/** A promise and its resolver: lets a test hold a handler until it wants it to go on. */
function gate(): { opened: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

describe('a UIP listener over mutual TLS', () => {
  it('hands the packet to its controller, and answers with the general parameters', async () => {
    const { port } = await start({ ...mutual(), now: () => Date.UTC(2021, 0, 1) });
    let seen: [unknown, UipContext] | undefined;
    handler = (packet, context) => {
      seen = [packet, context];
      return { RESULT_CODE: 1 };
    };
    const reply = await request(port, withTls(client));
    expect(reply.status).toBe(200);
    expect(reply.headers['content-type']).toBe('application/json');
    expect(reply.text).toBe(
      '{"METHOD":"SMS_PUSH_REPORT","TYPE":"ANSWER","SERIAL":9,"TIME":"2021-01-01 08:00:00","RESULT_CODE":1,"RESULT_DESC":"OK"}',
    );
    expect(seen?.[0]).toEqual(REPORT);
    expect(seen?.[1]).toMatchObject({
      remoteAddress: '127.0.0.1',
      serial: 9,
      receivedAt: Date.UTC(2021, 0, 1),
      certificate: { authorised: true, fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
    expect(seen?.[1].body.toString()).toBe(JSON.stringify(REPORT));
  });

  it('requires a certificate of a trusted authority: without it there is no HTTP reply', async () => {
    const { port } = await start(mutual());
    await expect(request(port, withTls({ ca: server.ca }))).rejects.toThrow(NO_REPLY);
    await expect(request(port, withTls(stranger))).rejects.toThrow(NO_REPLY);
  });

  it('checks one that it only asked for, if there is one', async () => {
    const { port } = await start({ tls: { material: server, clientAuth: 'request' } });
    let certificate: unknown;
    handler = (_packet, context) => {
      certificate = context.certificate;
      return { RESULT_CODE: 1 };
    };
    await expect(request(port, withTls({ ca: server.ca }))).resolves.toMatchObject({ status: 200 });
    expect(certificate).toBeUndefined();
    await expect(request(port, withTls(client))).resolves.toMatchObject({ status: 200 });
    expect(certificate).toMatchObject({ authorised: true });
    await expect(request(port, withTls(stranger))).rejects.toThrow(NO_REPLY);
  });

  it('asks for none where that is the setting', async () => {
    const { port } = await start({ tls: { material: server, clientAuth: 'none' } });
    await expect(request(port, withTls({ ca: server.ca }))).resolves.toMatchObject({ status: 200 });
  });

  it('takes new TLS material for new connections', async () => {
    const strategy = await start(mutual());
    await expect(request(strategy.port, withTls(client))).resolves.toMatchObject({ status: 200 });
    const authority = await createCertificateAuthority('next', new Date());
    const next = await issueCertificate(authority, { commonName: 's', purpose: 'server' }, new Date());
    strategy.setTlsMaterial({ ...next, ca: server.ca });
    await expect(request(strategy.port, withTls(client))).rejects.toThrow(/certificate/);
    await expect(request(strategy.port, withTls({ ...client, ca: authority.cert }))).resolves.toMatchObject({
      status: 200,
    });
  });
});

describe('what never reaches UIP', () => {
  it.each([
    ['another path', { path: '/other' }, 404],
    ['a path that only begins alike', { path: '/dr/' }, 404],
    ['another method', { method: 'PUT' }, 405],
    ['a body over the limit', { body: 'x'.repeat(MAX_BODY_BYTES + 1) }, 413],
  ])('%s', async (_name, options, status) => {
    const { port } = await start();
    await expect(request(port, options)).resolves.toMatchObject({ status, text: '' });
  });

  it('a body over the limit that did not say so', async () => {
    const { port } = await start();
    const headers = { 'Transfer-Encoding': 'chunked' };
    await expect(request(port, { body: 'x'.repeat(MAX_BODY_BYTES + 1), headers })).resolves.toMatchObject({
      status: 413,
    });
  });

  it('an address that is not admitted, before anything else is looked at', async () => {
    const asked: string[] = [];
    const { port } = await start({
      admits: (address) => {
        asked.push(address);
        return false;
      },
    });
    await expect(request(port, { path: '/other', body: 'x'.repeat(20_000) })).resolves.toMatchObject({ status: 403 });
    expect(asked).toEqual(['127.0.0.1']);
  });

  it('the client of a trusted proxy goes by its own address', async () => {
    const admits = new AddressList(['192.0.2.1']).includes;
    const { port } = await start({ admits, isTrustedProxy: new AddressList(['127.0.0.1']).includes });
    const from = (forwarded: string) => request(port, { headers: { 'X-Forwarded-For': forwarded } });
    await expect(from('192.0.2.1')).resolves.toMatchObject({ status: 200 });
    await expect(from('192.0.2.1, 192.0.2.2')).resolves.toMatchObject({ status: 403 });
    await expect(request(port)).resolves.toMatchObject({ status: 403 });
  });

  it('P1-STATUS-4 one request more than the listener takes at a time: 503 and Retry-After', async () => {
    const { port } = await start({ maxInFlight: 1 });
    const started = gate();
    const held = gate();
    handler = async () => {
      started.open();
      await held.opened;
      return { RESULT_CODE: 1 };
    };
    const first = request(port);
    await started.opened;
    await expect(request(port)).resolves.toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    held.open();
    await expect(first).resolves.toMatchObject({ status: 200 });
    await expect(request(port)).resolves.toMatchObject({ status: 200 });
  });
});

describe('every request is answered by an ANSWER', () => {
  it.each<[string, string | Buffer, number]>([
    ['no body', '', ResultCode.Empty_data],
    ['garbage', 'METHOD=SMS', ResultCode.Invalid_context],
    ['a deep body', '['.repeat(100_000), ResultCode.Invalid_context],
    ['no packet', '{}', ResultCode.Empty_packet],
    ['no SERIAL', '{"METHOD":"SMS_PUSH_REPORT","TYPE":"REQUEST"}', ResultCode.Lost_info],
    ['the other METHOD', JSON.stringify({ ...REPORT, METHOD: 'SMS_SEND_REQUEST' }), ResultCode.Invalid_parameter],
  ])('%s', async (_name, body, resultCode) => {
    const { port } = await start();
    const reply = await request(port, { body });
    expect(reply).toMatchObject({
      status: 200,
      packet: { METHOD: 'SMS_PUSH_REPORT', TYPE: 'ANSWER', SERIAL: expect.any(Number), RESULT_CODE: resultCode },
    });
    expect(reply.packet).not.toHaveProperty('DETAIL_LIST');
  });

  const circular: Record<string, unknown> = {};
  circular['self'] = circular;

  it.each<[string, Handler, number]>([
    ['throws', () => Promise.reject(new Error('x')), ResultCode.Unknown_error],
    ['throws no error', () => throwError(() => 'x'), ResultCode.Unknown_error],
    ['throws a fault', () => Promise.reject(new UipFault(ResultCode.Queue_too_large)), ResultCode.Queue_too_large],
    ['has no storage', () => Promise.reject(new ApplicationError('unavailable', 'db', 'x')), ResultCode.DB_not_find],
    ['is overloaded', () => Promise.reject(new ApplicationError('overload', 'x', 'x')), ResultCode.Busy],
    ['returns nothing', () => undefined, ResultCode.Unknown_error],
    ['returns garbage', () => ({ RESULT_CODE: 'OK' }), ResultCode.Unknown_error],
    ['returns what can not be written', () => ({ RESULT_CODE: 1, DETAIL_LIST: [circular] }), ResultCode.Unknown_error],
    ['returns an observable', () => of({ RESULT_CODE: 5 }), 5],
    ['returns an empty observable', () => EMPTY, ResultCode.Unknown_error],
  ])('when its handler %s', async (_name, next, resultCode) => {
    const { port } = await start();
    handler = next;
    await expect(request(port)).resolves.toMatchObject({ status: 200, packet: { SERIAL: 9, RESULT_CODE: resultCode } });
  });

  it('when nobody handles it, and when no filter does', async () => {
    for (const module of [NobodyModule, UnfilteredModule]) {
      const { port } = await start({ codes: { unexpected: ResultCode.DB_not_find } }, module);
      await expect(request(port)).resolves.toMatchObject({ packet: { RESULT_CODE: ResultCode.DB_not_find } });
    }
  });

  it('when a pipe throws, with an empty DETAIL_LIST for a send request', async () => {
    const { port } = await start({ method: 'SMS_SEND_REQUEST', path: '/dave/io' }, SendModule);
    const of = (members: object) =>
      request(port, { path: '/dave/io', body: JSON.stringify({ ...REPORT, METHOD: 'SMS_SEND_REQUEST', ...members }) });
    const noKey = { RESULT_CODE: ResultCode.Invalid_parameter, RESULT_DESC: 'Invalid_parameter: AUTH_KEY is absent' };
    await expect(of({})).resolves.toMatchObject({ packet: { ...noKey, DETAIL_LIST: [] } });
    const noVersion = { RESULT_CODE: ResultCode.Invalid_Version, DETAIL_LIST: [] };
    await expect(of({ AUTH_KEY: 'k', VERSION: 'x' })).resolves.toMatchObject({ packet: noVersion });
  });

  it('unless the handler simulates a fault', async () => {
    const { port } = await start();
    handler = () => new RawReply('<html>', 502);
    await expect(request(port)).resolves.toMatchObject({ status: 502, text: '<html>' });
    handler = () => ({ RESULT_CODE: 1, SERIAL: 77 });
    await expect(request(port)).resolves.toMatchObject({ packet: { SERIAL: 77 } });
    handler = (_packet, context) => {
      context.cut();
      return { RESULT_CODE: 1 };
    };
    await expect(request(port)).rejects.toThrow(NO_REPLY);
  });
});

describe('a UIP listener lives on', () => {
  it('when a client goes away in the middle of its body, or before the ANSWER', async () => {
    const { port } = await start({ maxInFlight: 1 });
    const half = net.connect(port, '127.0.0.1');
    const started = gate();
    const held = gate();
    handler = async () => {
      started.open();
      await held.opened;
      return { RESULT_CODE: 1 };
    };
    const head = (length: number): string => `POST /dr HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n`;
    await new Promise<void>((resolve) => half.write(`${head(100)}{"METHOD"`, () => resolve()));
    const closed = new Promise((resolve) => half.once('close', resolve));
    half.destroy();
    await closed;
    const body = JSON.stringify(REPORT);
    const whole = net.connect(port, '127.0.0.1');
    // Its slot is free again as soon as the server has noticed that the other one has gone.
    await eventually(async () => {
      const probe = await request(port, { path: '/dr', body: 'x' });
      return probe.status === 200;
    });
    whole.write(head(body.length) + body);
    await started.opened;
    whole.destroy();
    held.open();
    handler = () => ({ RESULT_CODE: 1 });
    await eventually(async () => (await request(port)).status === 200);
    await expect(request(port)).resolves.toMatchObject({ packet: { RESULT_CODE: 1 } });
  });

  it('keeps connections open between requests', async () => {
    const { port } = await start();
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set<number | undefined>();
    handler = () => ({ RESULT_CODE: 1 });
    for (let count = 0; count < 3; count++) {
      await request(port, { agent });
      ports.add(Object.values(agent.freeSockets)[0]?.[0]?.localPort);
    }
    agent.destroy();
    expect(ports.size).toBe(1);
  });

  it('closes when the requests in flight are finished, and takes no more', async () => {
    const strategy = await start(mutual());
    const { port } = strategy;
    const started = gate();
    const held = gate();
    handler = async () => {
      started.open();
      await held.opened;
      return { RESULT_CODE: 1 };
    };
    const first = request(port, withTls(client));
    await started.opened;
    const closed = strategy.close();
    await expect(request(port, withTls(client))).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    held.open();
    await expect(first).resolves.toMatchObject({ status: 200, headers: { connection: 'close' } });
    await closed;
    await strategy.close();
  });

  it('closes idle connections, and ones that have not said anything yet', async () => {
    const strategy = await start(mutual());
    const silent = net.connect(strategy.port, '127.0.0.1');
    await new Promise((resolve) => silent.once('connect', resolve));
    const ended = new Promise((resolve) => silent.once('close', resolve));
    silent.on('error', () => undefined);
    silent.resume();
    const agent = new https.Agent({ keepAlive: true });
    await request(strategy.port, { ...withTls(client), agent });
    await strategy.close();
    await expect(ended).resolves.toBeDefined();
    agent.destroy();
  });

  it('says so when its port is taken', async () => {
    const taken = net.createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', () => resolve()));
    const { port } = taken.address() as AddressInfo;
    await expect(start({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await new Promise((resolve) => taken.close(resolve));
  });
});

/** Waits for a condition by asking again at once; the requests in between are the pause. */
async function eventually(condition: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 1000; attempt++) if (await condition()) return;
  throw new Error('the condition did not come true');
}
