import { Body, Controller, Header, HttpCode, Module, Post } from '@nestjs/common';
import { IsOptional, IsString, MaxLength } from 'class-validator';
import http from 'node:http';
import net from 'node:net';
import { gzipSync } from 'node:zlib';

import { eventually } from '../../test/support/eventually.js';
import { exchange, type PlainRequest } from '../../test/support/exchange.js';
import { ApplicationError } from '../errors.js';
import { createLogger } from '../observability/logger.js';
import { type DirectRequest, directRoute } from './direct-route.js';
import { type HttpApplication, startHttpApplication } from './http-application.js';
import type { AnsweredRequest } from './request-log.js';
import { validate } from './validation.pipe.js';

class Thing {
  @IsOptional() @IsString() @MaxLength(8) text?: string;
}

let release: (() => void) | undefined;

@Controller('v1/things')
class ThingsController {
  @Post()
  @HttpCode(202)
  @Header('Content-Type', 'application/json; charset=utf-8')
  async create(@Body() { text }: Thing): Promise<string> {
    if (text === 'slow') await new Promise<void>((resolve) => (release = resolve));
    if (text === 'busy') throw new ApplicationError('overload', 'rate_limited', 'Slower.', { retryAfter: 1.5 });
    if (text === 'away') throw new ApplicationError('unavailable', 'storage_unavailable', 'Away.', { retryAfter: 4 });
    if (text === 'bug') throw new Error('secret');
    return JSON.stringify({ text });
  }
}

@Module({ controllers: [ThingsController] })
class ThingsModule {}

const address = { host: '127.0.0.1', port: 0, hostVariable: 'API_HOST', portVariable: 'API_PORT' };
const JSON_TYPE = { 'Content-Type': 'application/json' };
/** With it Express serves a request that would be served directly without. */
const EXPRESS = { 'Content-Encoding': 'identity' };
const post = (body: PlainRequest['body'], headers: http.OutgoingHttpHeaders = {}): PlainRequest => ({
  body,
  headers: { ...JSON_TYPE, ...headers },
});

describe('a direct route', () => {
  const lines: string[] = [];
  const observed: AnsweredRequest[] = [];
  let direct = 0;
  let api: HttpApplication;

  const start = (maxInFlight?: number) =>
    startHttpApplication({
      module: ThingsModule,
      logger: createLogger('info', { write: (line) => lines.push(line) }),
      address,
      maxInFlight,
      observe: (request) => observed.push(request),
      directRoutes: (application) => [
        directRoute(ThingsController, 'create', ({ body }: DirectRequest) => {
          direct += 1;
          return application.get(ThingsController).create(validate(Thing, body));
        }),
      ],
    });

  /** The answer as its reader sees it. */
  const ask = async (request: PlainRequest, { url } = api) => {
    const headers = { ...request.headers, 'X-Request-Id': 'mine-1' };
    const { names: _, ...answer } = await exchange(url, { path: '/v1/things', ...request, headers });
    delete answer.headers.date;
    return answer;
  };
  const byBoth = async (request: PlainRequest) => [
    await ask(request),
    await ask({ ...request, headers: { ...request.headers, ...EXPRESS } }),
  ];

  beforeAll(async () => {
    api = await start();
  });
  afterAll(() => api.stop());
  beforeEach(() => {
    lines.length = 0;
    observed.length = 0;
    direct = 0;
  });

  test.each<[number, number, PlainRequest]>([
    [202, 1, post('{"text":"ok"}')],
    [202, 1, post(' \r\n{"text":"é€😀"}', { 'Content-Type': 'application/json; charset=UTF-8' })],
    [202, 1, post('\ufeff{"text":"ok"}')],
    [202, 1, post(Buffer.from([...Buffer.from('{"text":"'), 0xff, ...Buffer.from('"}')]))],
    [202, 1, post('{}')],
    [400, 1, post('[]')],
    [400, 1, post('{"text":"123456789"}')],
    [400, 1, post('{"text":5,"txt":1,"__proto__":{}}')],
    [400, 0, post('{"text":')],
    [400, 0, post('  ')],
    [400, 0, post('"text"')],
    [400, 0, post('null')],
    [400, 0, post(`{"text":${'['.repeat(100_000)}${']'.repeat(100_000)}}`)],
    [202, 0, post('')],
    [429, 1, post('{"text":"busy"}')],
    [503, 1, post('{"text":"away"}')],
    [500, 1, post('{"text":"bug"}')],
  ])('answers as Express does: %s', async (status, served, request) => {
    const [short, long] = await byBoth(request);
    expect(short.status).toBe(status);
    expect(short).toEqual(long);
    expect(short.headers).toMatchObject({ 'x-request-id': 'mine-1', 'cache-control': 'no-store' });
    expect(short.headers).toHaveProperty('content-security-policy');
    expect(direct).toBe(served);
  });

  test.each<[string, number, PlainRequest]>([
    ['a query string', 202, { ...post('{}'), path: '/v1/things?a=1' }],
    ['a slash at the end', 202, { ...post('{}'), path: '/v1/things/' }],
    ['other letters', 202, { ...post('{}'), path: '/V1/things' }],
    ['another method', 405, { ...post('{}'), method: 'PUT' }],
    ['no body', 405, { method: 'GET' }],
    ['chunks', 202, { ...post('{}'), chunked: true }],
    ['gzip', 202, post(gzipSync('{}'), { 'Content-Encoding': 'gzip' })],
    ['an unknown coding', 415, post('{}', { 'Content-Encoding': 'rot13' })],
    ['another charset', 415, post('{}', { 'Content-Type': 'application/json; charset=latin9' })],
    ['a JSON type of its own', 202, post('{}', { 'Content-Type': 'application/vnd.x+json' })],
    ['another type', 415, post('a=1', { 'Content-Type': 'application/x-www-form-urlencoded' })],
    ['too much', 413, post(`{"text":"${'x'.repeat(2_200_000)}"}`)],
  ])('leaves to Express what is not plain: %s', async (_, status, request) => {
    const answer = await ask(request);
    expect([answer.status, direct]).toEqual([status, 0]);
  });

  test('logs and counts a request as Express does', async () => {
    await byBoth(post('{"text":"ok"}'));
    await byBoth(post('{"text":"123456789"}'));
    await eventually(() => expect(observed).toHaveLength(4));
    const logged = lines.map((line) => ({ ...(JSON.parse(line) as object), time: '', ms: 0 }));
    expect(logged[0]).toMatchObject({ msg: 'request', route: '/v1/things', method: 'POST', status: 202 });
    expect(logged[0]).toEqual(logged[1]);
    expect(logged[2]).toEqual(logged[3]);
    const counted = observed.map((request) => ({ ...request, seconds: 0 }));
    expect(counted[0]).toEqual({ method: 'POST', route: '/v1/things', status: 202, seconds: 0 });
    expect(counted[0]).toEqual(counted[1]);
    expect(counted[2]).toEqual(counted[3]);
  });

  test('is told of a caller that goes away before his body is whole', async () => {
    const { port, hostname } = new URL(api.url);
    const socket = net.connect(Number(port), hostname);
    socket.write(
      'POST /v1/things HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"te',
    );
    await eventually(() => expect(socket.bytesWritten).toBeGreaterThan(0));
    socket.end();
    await eventually(() => expect(observed).toHaveLength(1));
    expect(observed[0]).toMatchObject({ route: '/v1/things', status: 499 });
    expect(direct).toBe(0);
  });

  test('refuses what is too much, and answers what is under way when the API stops', async () => {
    const small = await start(1);
    const agent = new http.Agent({ keepAlive: true });
    const slow = exchange(small.url, { ...post('{"text":"slow"}'), path: '/v1/things' }, agent);
    await eventually(() => expect(direct).toBe(1));
    const refused = await ask(post('{}'), small);
    const refusedByExpress = await ask(post('{}', EXPRESS), small);
    expect(refused).toMatchObject({ status: 503, headers: { 'retry-after': '1', connection: 'close' } });
    expect(refused).toEqual(refusedByExpress);
    const stopped = small.stop();
    release?.();
    expect(await slow).toMatchObject({ status: 202, body: '{"text":"slow"}' });
    await stopped;
    agent.destroy();
  });
});
