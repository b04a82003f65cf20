import { Body, Controller, Get, HttpCode, Module, NotFoundException, Param, Post, Query } from '@nestjs/common';
import { IsArray, IsString, MaxLength, ValidateNested } from 'class-validator';
import { Type } from 'class-transformer';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import request from 'supertest';

import { ApplicationError } from '../errors.js';
import { createLogger } from '../observability/logger.js';
import { type HttpApplication, startHttpApplication } from './http-application.js';
import { PageQuery } from './page.js';

class Inner {
  @IsString() @MaxLength(3) msisdn: string;
}

class Outer {
  @IsArray() @ValidateNested({ each: true }) @Type(() => Inner) to: Inner[];
}

let release: (() => void) | undefined;
let entered: (() => void) | undefined;

@Controller('v1/things')
class ThingsController {
  @Post()
  @HttpCode(200)
  create(@Body() body: Outer) {
    return { count: body.to.length, kind: body.to[0]?.constructor.name };
  }

  @Get()
  list(@Query() query: PageQuery) {
    return { limit: query.limit };
  }

  @Get('slow')
  async slow() {
    await new Promise<void>((resolve) => {
      release = resolve;
      entered?.();
    });
    return { done: true };
  }

  @Get('fail/:how')
  fail(@Param('how') how: string) {
    if (how === 'rule') throw new ApplicationError('rule', 'no_price', 'There is no price.');
    if (how === 'away') throw new ApplicationError('unavailable', 'storage_unavailable', 'Away.', { retryAfter: 4.2 });
    if (how === 'missing') throw new NotFoundException();
    throw new Error('secret +85267000011');
  }
}

@Module({ controllers: [ThingsController] })
class ThingsModule {}

const address = { host: '127.0.0.1', port: 0, hostVariable: 'API_HOST', portVariable: 'API_PORT' };

describe('an HTTP API', () => {
  const lines: string[] = [];
  let api: HttpApplication;

  const start = (maxInFlight?: number) =>
    startHttpApplication({
      module: ThingsModule,
      logger: createLogger('info', { write: (line) => lines.push(line) }),
      address,
      maxInFlight,
    });

  beforeAll(async () => {
    api = await start();
  });
  afterAll(() => api.stop());
  beforeEach(() => {
    lines.length = 0;
  });

  const post = (body: string, type = 'application/json') =>
    request(api.url).post('/v1/things').set('Content-Type', type).send(body);

  test('takes a body by its DTO and hands on instances', async () => {
    const answer = await post('{"to":[{"msisdn":"852"}]}');
    expect(answer.body).toEqual({ count: 1, kind: 'Inner' });
    expect(answer.headers).not.toHaveProperty('x-powered-by');
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  test.each([
    ['{"to":', 'application/json', 400, 'invalid_json'],
    ['5', 'application/json', 400, 'invalid_json'],
    ['[]', 'application/json', 400, 'invalid_request'],
    ['', 'application/json', 400, 'invalid_request'],
    ['a=1', 'application/x-www-form-urlencoded', 415, 'unsupported_media_type'],
    ['{}', 'application/json; charset=latin9', 415, 'unsupported_media_type'],
    [`{"to":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, 'application/json', 400, 'invalid_json'],
    [`{"to":"${'x'.repeat(2_200_000)}"}`, 'application/json', 413, 'body_too_large'],
  ])('answers a bad body with a problem (%#)', async (body, type, status, code) => {
    const answer = await post(body, type);
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.body).toMatchObject({ type: `urn:cloudsms:problem:${code}`, status, code });
    expect(answer.body).toEqual(
      expect.objectContaining({ title: expect.any(String) as string, detail: expect.any(String) as string }),
    );
  });

  test('names every faulty member by its path', async () => {
    const answer = await post('{"to":[{"msisdn":"852"},{"msisdn":5,"x":1},7],"txt":""}');
    expect(answer.body).toMatchObject({ code: 'invalid_request', status: 400 });
    const { errors } = answer.body as { errors: { field: string; rule: string }[] };
    expect(errors).toContainEqual({ field: 'txt', rule: 'is not known here' });
    expect(errors).toContainEqual({ field: 'to[1].x', rule: 'is not known here' });
    expect(errors.filter(({ field }) => field === 'to[1].msisdn')).toHaveLength(1);
    expect(errors.map(({ field }) => field)).toContain('to[2]');
  });

  test.each([
    ['rule', 422, 'no_price', undefined],
    ['away', 503, 'storage_unavailable', '5'],
    ['missing', 404, 'not_found', undefined],
    ['bug', 500, 'internal_error', undefined],
  ])('translates an error: %s', async (how, status, code, retryAfter) => {
    const answer = await request(api.url).get(`/v1/things/fail/${how}`).set('X-Request-Id', 'mine-1');
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ code });
    expect(answer.headers['retry-after']).toBe(retryAfter);
    expect(answer.headers['x-request-id']).toBe('mine-1');
    expect(answer.text).not.toContain('secret');
    expect((answer.body as { instance?: string }).instance).toBe(
      status >= 500 ? 'urn:cloudsms:request:mine-1' : undefined,
    );
  });

  test('tells a wrong method from a wrong address', async () => {
    const method = await request(api.url).delete('/v1/things');
    expect([method.status, (method.body as { code: string }).code]).toEqual([405, 'method_not_allowed']);
    expect(method.headers.allow).toBe('GET, HEAD, POST');
    const unknown = await request(api.url).get('/v2/things?to=+85267000011');
    expect([unknown.status, (unknown.body as { code: string }).code]).toEqual([404, 'not_found']);
    expect(unknown.text).not.toContain('85267000011');
    expect((await request(api.url).get('/v1/things/fail/%FF')).status).toBe(400);
  });

  test('bounds a page', async () => {
    expect((await request(api.url).get('/v1/things')).body).toEqual({ limit: 50 });
    expect((await request(api.url).get('/v1/things?limit=1000')).body).toEqual({ limit: 1000 });
    for (const limit of ['0', '1001', 'x', '1.5', '']) {
      const answer = await request(api.url).get('/v1/things').query({ limit });
      expect(answer.body).toMatchObject({
        errors: [{ field: 'limit', rule: 'must be an integer from 1 to 1000' }],
      });
    }
  });

  test('logs the route and not the address', async () => {
    await request(api.url).get('/v1/things/fail/rule?number=85267000011');
    await request(api.url).get('/85267000011');
    await request(api.url).get('/v1/things/fail/bug');
    const requests = lines.map((line) => JSON.parse(line) as { msg: string; route?: string; status?: number });
    expect(requests.find(({ status }) => status === 422)).toMatchObject({ route: '/v1/things/fail/:how' });
    expect(requests.find(({ msg }) => msg === 'a request failed')).toHaveProperty('err.stack');
    expect(lines.filter((line) => !line.includes('a request failed')).join('')).not.toContain('85267000011');
  });

  test('refuses what is too much, and finishes what is under way when it stops', async () => {
    const small = await start(1);
    const arrived = new Promise<void>((resolve) => {
      entered = resolve;
    });
    const agent = new http.Agent({ keepAlive: true });
    const slow = new Promise<number | undefined>((resolve, reject) => {
      http
        .get(`${small.url}/v1/things/slow`, { agent }, (answer) => {
          answer.resume().once('end', () => resolve(answer.statusCode));
        })
        .once('error', reject);
    });
    await arrived;
    const refused = await request(small.url).get('/v1/things');
    expect([refused.status, refused.headers['retry-after']]).toEqual([503, '1']);
    expect(refused.body).toMatchObject({ code: 'server_busy' });
    const stopped = small.stop();
    release?.();
    expect(await slow).toBe(200);
    await stopped;
    agent.destroy();
  });

  test('says in one line that its port is taken, or its host unknown', async () => {
    const other = net.createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as net.AddressInfo;
    const at = (host: string) =>
      startHttpApplication({
        module: ThingsModule,
        logger: createLogger('silent'),
        address: { ...address, host, port },
      });
    await expect(at('127.0.0.1')).rejects.toThrow(
      `port ${port} (API_PORT) is taken: stop the other program or choose another API_PORT`,
    );
    await expect(at('192.0.2.1')).rejects.toThrow('API_HOST 192.0.2.1 is not an address of this machine');
    other.close();
  });
});
