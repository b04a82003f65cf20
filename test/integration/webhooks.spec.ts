import type { TestingModule } from '@nestjs/testing';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { Webhook } from 'standardwebhooks';

import type { Page } from '../../src/rest/page.js';
import type { DeliveryView, WebhookSecretView, WebhookView } from '../../src/reporting/webhooks/webhook.view.js';
import type { JsonClient } from '../../scripts/sandbox/json-client.js';
import { warnOfSpend } from '../../src/database/statements/spend-warn.js';
import { eventually } from '../support/eventually.js';
import { GatewayApi } from '../support/gateway-api.js';
import { GatewayTraffic } from '../support/gateway-traffic.js';
import { zoneWhereItIs } from '../support/time-zone.js';
import { startWebhookWorker } from '../support/webhook-worker.js';

interface Received {
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly path: string;
}

let traffic: GatewayTraffic;
let api: GatewayApi;
let worker: TestingModule;
let client: JsonClient;
let admin: JsonClient;
let server: http.Server;
let origin: string;
let received: Received[] = [];
/** What the receiver answers at each path; 204 by default. */
const answers = new Map<string, (request: http.IncomingMessage, response: http.ServerResponse) => void>();

beforeAll(async () => {
  traffic = await GatewayTraffic.create();
  api = await GatewayApi.start(traffic);
  client = api.client(await api.key('one', ['webhooks:manage']));
  admin = api.client(await api.key('one', ['admin']));
  worker = await startWebhookWorker(api.runtime, { deadline: 1500 });
  server = http.createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      const path = request.url ?? '';
      received.push({ headers: request.headers as Record<string, string>, body, path });
      const answer = answers.get(path);
      if (answer === undefined) response.writeHead(204).end();
      else answer(request, response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

beforeEach(async () => {
  received = [];
  answers.clear();
  await traffic.rows('delete from webhook_endpoint');
});

afterAll(async () => {
  await worker.close();
  server.closeAllConnections();
  server.close();
  await api.stop();
  await traffic.drop();
});

const create = (path: string, options: object = {}) =>
  client.expect<WebhookSecretView>(201, 'POST', '/v1/webhooks', { json: { url: origin + path, ...options } });
const deliveries = async (id: string) =>
  (await client.expect<Page<DeliveryView>>(200, 'GET', `/v1/webhooks/${id}/deliveries?limit=1000`)).items;
const at = (path: string) => received.filter((request) => request.path === path);
const verify = (secret: string, { body, headers }: Received) => new Webhook(secret).verify(body, headers);

describe('webhooks', () => {
  it('tell of spend caps', async () => {
    const operator = api.client(await api.key('one', ['billing:manage']));
    const address = `/v1/apps/${traffic.appId}/caps/HKD/daily`;
    await operator.expect(200, 'PUT', address, { json: { amount: '1.00', timeZone: zoneWhereItIs(12).name } });
    const endpoint = await create('/caps', { eventTypes: ['spend_cap.reached'] });
    await traffic.send(['67000001', '67000002']);
    await warnOfSpend(traffic.database, traffic.clock.now());
    await eventually(() => at('/caps').length === 1);
    expect(verify(endpoint.secret, at('/caps')[0])).toMatchObject({
      type: 'spend_cap.reached',
      data: { cap: { period: 'daily', threshold: 50, used: { amount: '0.70', currency: 'HKD' } } },
    });
    const [delivery] = await deliveries(endpoint.id);
    expect(delivery).toMatchObject({ type: 'spend_cap.reached', messageId: null, outcome: 'delivered' });
    await operator.expect(204, 'DELETE', address);
  });

  it('tell of the chosen events, in a form that the Standard Webhooks library verifies', async () => {
    const endpoint = await create('/all');
    await create('/failures', { eventTypes: ['message.failed', 'message.in_doubt'], numbers: 'clear' });
    const sent = await traffic.send(['67000001', '67000002'], { metadata: { order: 7 } });
    await traffic.answer(sent, [
      { kind: 'accepted', uid: 'A1' },
      { kind: 'failed', reason: 0x1000_0006 },
    ]);
    await eventually(() => at('/all').length === 4 && at('/failures').length === 1);
    const told = at('/all').map((request) => verify(endpoint.secret, request) as { type: string; data: object });
    expect(told.map(({ type }) => type).toSorted((one, other) => one.localeCompare(other))).toEqual([
      'message.failed',
      'message.queued',
      'message.queued',
      'message.submitted',
    ]);
    expect(told.find(({ type }) => type === 'message.submitted')).toEqual({
      type: 'message.submitted',
      timestamp: expect.any(String) as string,
      data: {
        sequence: expect.any(Number) as number,
        messageId: traffic.messageId(sent),
        submissionId: sent.submissionId,
        to: '+852••••••01',
        status: 'submitted',
        currentStatus: 'submitted',
        smsState: null,
        reason: null,
        metadata: { order: 7 },
      },
    });
    expect(JSON.parse(at('/failures')[0].body)).toMatchObject({
      type: 'message.failed',
      data: { to: '+85267000002', reason: 'Intercept', status: 'failed' },
    });
    expect(new Set(at('/all').map(({ headers }) => headers['webhook-id'])).size).toBe(4);
    const tampered = { ...at('/all')[0], body: `${at('/all')[0].body} ` };
    expect(() => verify(endpoint.secret, tampered)).toThrow('No matching signature found');
  });

  it('show a secret once, repeat a creation by its key, and know only their own app', async () => {
    const call = { json: { url: `${origin}/once` }, headers: { 'idempotency-key': 'k1' } };
    const first = await client.call<WebhookSecretView>('POST', '/v1/webhooks', call);
    const again = await client.call<WebhookSecretView>('POST', '/v1/webhooks', call);
    expect(again.text).toBe(first.text);
    expect(first.body.secret).toMatch(/^whsec_[\w+/=]{44}$/);
    const { secret, ...view } = first.body;
    expect(await client.expect(200, 'GET', `/v1/webhooks/${view.id}`)).toEqual(view);
    expect(await client.expect(200, 'GET', '/v1/webhooks')).toEqual({ items: [view], nextCursor: null });
    const [row] = await traffic.rows<{ secret: Buffer }>('select secret from webhook_endpoint');
    expect(row.secret.includes(secret.slice(6))).toBe(false);
    const other = api.client(await api.key('two', ['webhooks:manage']));
    expect((await other.call('GET', `/v1/webhooks/${view.id}`)).status).toBe(404);
    expect((await other.call('DELETE', `/v1/webhooks/${view.id}`)).status).toBe(404);
    const changed = await client.expect<WebhookView>(200, 'PATCH', `/v1/webhooks/${view.id}`, {
      json: { enabled: false, eventTypes: ['message.failed'], description: 'ours' },
    });
    expect(changed).toEqual({ ...view, enabled: false, eventTypes: ['message.failed'], description: 'ours' });
    await client.expect(204, 'DELETE', `/v1/webhooks/${view.id}`);
    expect((await client.call('GET', `/v1/webhooks/${view.id}`)).status).toBe(404);
  });

  it('are signed with both secrets while one takes over from the other', async () => {
    const { id, secret } = await create('/rotated');
    const rotated = await client.expect<WebhookSecretView>(201, 'POST', `/v1/webhooks/${id}/rotate-secret`, {
      json: {},
    });
    expect(rotated.secret).not.toBe(secret);
    await client.expect(202, 'POST', `/v1/webhooks/${id}/test`);
    await eventually(() => at('/rotated').length === 1);
    expect(verify(secret, at('/rotated')[0])).toMatchObject({ type: 'webhook.test', data: {} });
    expect(verify(rotated.secret, at('/rotated')[0])).toMatchObject({ type: 'webhook.test' });
    await traffic.rows(`update webhook_endpoint set old_secret_until = now() - interval '1 second'`);
    await client.expect(202, 'POST', `/v1/webhooks/${id}/test`);
    await eventually(() => at('/rotated').length === 2);
    expect(() => verify(secret, at('/rotated')[1])).toThrow('No matching signature found');
    verify(rotated.secret, at('/rotated')[1]);
  });

  it('come again under the same id after a failure, and list every attempt', async () => {
    answers.set('/flaky', (_, response) => response.writeHead(500).end('x'.repeat(3000)));
    const { id } = await create('/flaky');
    await client.expect(202, 'POST', `/v1/webhooks/${id}/test`);
    const [failed] = await eventually(async () => {
      const found = await deliveries(id);
      expect(found).toMatchObject([{ outcome: 'pending', attempts: [{ status: 500, answer: 'x'.repeat(1024) }] }]);
      return found;
    });
    expect(Date.parse(failed.nextAttemptAt ?? '')).toBeGreaterThan(Date.parse(failed.attempts[0].at));
    expect(await client.expect(200, 'GET', `/v1/webhooks/${id}`)).toMatchObject({ health: 'unstable' });
    answers.delete('/flaky');
    await admin.expect(200, 'POST', '/v1/sandbox/clock/advance', { json: { by: '1m' } });
    await eventually(async () => {
      expect(await deliveries(id)).toMatchObject([
        { id: failed.id, outcome: 'delivered', nextAttemptAt: null, attempts: [{ status: 500 }, { status: 204 }] },
      ]);
    });
    expect(at('/flaky').map(({ headers }) => headers['webhook-id'])).toEqual([failed.id, failed.id]);
    expect(await client.expect(200, 'GET', `/v1/webhooks/${id}`)).toMatchObject({ health: 'ok', failingSince: null });
    await client.expect(202, 'POST', `/v1/webhooks/${id}/deliveries/${failed.id}/replay`);
    await eventually(() => at('/flaky').length === 3);
    expect(at('/flaky')[2].headers['webhook-id']).toBe(failed.id);
  });

  it('give up after three days, say so, and bring forward what waits once the receiver is back', async () => {
    answers.set('/down', (_, response) => response.writeHead(503).end());
    const { id } = await create('/down');
    await client.expect(202, 'POST', `/v1/webhooks/${id}/test`);
    await eventually(async () => expect(await deliveries(id)).toMatchObject([{ attempts: [{ status: 503 }] }]));
    await admin.expect(200, 'POST', '/v1/sandbox/clock/advance', { json: { by: '73h' } });
    await eventually(async () => {
      expect(await deliveries(id)).toMatchObject([{ outcome: 'failed', attempts: [{}, {}], nextAttemptAt: null }]);
    });
    expect(await client.expect(200, 'GET', `/v1/webhooks/${id}`)).toMatchObject({ health: 'failing' });
    await client.expect(202, 'POST', `/v1/webhooks/${id}/test`);
    await eventually(async () => expect((await deliveries(id))[0].attempts).toHaveLength(1));
    answers.delete('/down');
    // The one that waits is not due for seconds; a success makes it due.
    await client.expect(202, 'POST', `/v1/webhooks/${id}/test`);
    await eventually(async () => {
      expect((await deliveries(id)).map(({ outcome }) => outcome)).toEqual(['delivered', 'delivered', 'failed']);
    });
  });

  it('stop where the receiver says that it is gone', async () => {
    answers.set('/gone', (_, response) => response.writeHead(410).end());
    const { id } = await create('/gone');
    await client.expect(202, 'POST', `/v1/webhooks/${id}/test`);
    await eventually(async () => {
      expect(await client.expect(200, 'GET', `/v1/webhooks/${id}`)).toMatchObject({ enabled: false });
    });
  });

  it('that fail, hang, redirect, cut the line or send 100 MB harm nobody else', async () => {
    let sentBytes = 0;
    const chunk = Buffer.alloc(1_000_000, 'x');
    answers.set('/fails', (_, response) => response.writeHead(500).end());
    answers.set('/hangs', () => undefined);
    answers.set('/redirects', (_, response) => response.writeHead(307, { Location: '/forbidden' }).end());
    answers.set('/cuts', (request) => request.socket.destroy());
    answers.set('/floods', (_, response) => {
      response.writeHead(200);
      let left = 100;
      const more = (): void => {
        for (; left > 0 && !response.destroyed; left -= 1) {
          sentBytes += chunk.length;
          if (!response.write(chunk)) return;
        }
        response.end();
      };
      response.on('drain', more);
      more();
    });
    answers.set('/trickles', (_, response) => {
      response.writeHead(200, { 'content-length': '500' });
      const timer = setInterval(() => response.write('x'), 100);
      response.once('close', () => clearInterval(timer));
    });
    const bad: string[] = [];
    for (const path of ['/fails', '/hangs', '/redirects', '/cuts', '/floods', '/trickles'])
      bad.push((await create(path)).id);
    const good = [await create('/good1'), await create('/good2')];
    const numbers = Array.from({ length: 40 }, (_, index) => String(67_200_000 + index));
    await traffic.submit(numbers);
    await eventually(() => at('/good1').length === 40 && at('/good2').length === 40, { timeout: 20_000 });
    for (const { headers, body } of at('/good1')) new Webhook(good[0].secret).verify(body, headers);
    const attemptsOf = async (index: number) => (await deliveries(bad[index])).flatMap(({ attempts }) => attempts);
    await eventually(async () => {
      expect(await attemptsOf(0)).toContainEqual(expect.objectContaining({ status: 500 }));
      expect(await attemptsOf(1)).toContainEqual(expect.objectContaining({ status: null, error: 'no answer in time' }));
      expect(await attemptsOf(2)).toContainEqual(expect.objectContaining({ status: 307 }));
      expect(await attemptsOf(3)).toContainEqual(expect.objectContaining({ status: null }));
      expect(await attemptsOf(4)).toContainEqual(expect.objectContaining({ status: 200, answer: 'x'.repeat(1024) }));
      expect(await attemptsOf(5)).toContainEqual(expect.objectContaining({ status: 200 }));
    });
    expect(at('/forbidden')).toEqual([]);
    // Up to 40 answers of 100 MB were begun; what the sockets hold of each is some megabytes.
    expect(sentBytes).toBeLessThan(40 * 20_000_000);
  });
});
