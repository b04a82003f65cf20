import type http from 'node:http';

import { sandboxApiKey } from '../../src/apps/api-key.js';
import { TestApi } from '../support/api.js';
import { exchange, type PlainRequest } from '../support/exchange.js';

/** With it Express serves a request that would be served directly without. */
const EXPRESS = { 'Content-Encoding': 'identity' };
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

describe('POST /v1/messages, served directly and by Express', () => {
  let api: TestApi;
  let key: string;
  let reader: string;
  let limited: string;

  beforeAll(async () => {
    api = await TestApi.start();
    key = sandboxApiKey(api.runtime.secrets);
    const app = await api.createApp();
    reader = (await api.createKey(app.id)).key;
    const slow = await api.createApp({ smsPerSecond: 1 });
    limited = (await api.createKey(slow.id, ['messages:send'])).key;
    // A minute's worth, on credit.
    expect((await ask(send(many, { Authorization: `Bearer ${limited}` }))).answer.status).toBe(202);
  });
  afterAll(() => api.stop());

  /** The answer as its reader sees it, but for time and chance; and whether Express gave it, which sets the id first. */
  const ask = async (request: PlainRequest) => {
    const { names, body, ...answer } = await exchange(api.url, { path: '/v1/messages', ...request });
    delete answer.headers.date;
    delete answer.headers['retry-after'];
    return { answer: { ...answer, body: body.replaceAll(UUID, 'ID') }, body, express: names[0] === 'X-Request-Id' };
  };
  const send = (content: unknown, headers: http.OutgoingHttpHeaders = {}): PlainRequest => ({
    body: typeof content === 'string' ? content : JSON.stringify(content),
    headers: {
      'Content-Type': 'application/json',
      Authorization: `Bearer ${key}`,
      'X-Request-Id': 'mine-1',
      ...headers,
    },
  });
  const byExpress = (request: PlainRequest): PlainRequest => ({
    ...request,
    headers: { ...request.headers, ...EXPRESS },
  });
  const good = { to: ['+85267000011'], text: 'hello' };
  const many = { ...good, to: Array.from({ length: 60 }, () => good.to[0]) };

  test.each<[number, string, () => PlainRequest]>([
    [202, 'one recipient', () => send(good)],
    [
      202,
      'several, with all there is',
      () =>
        send({
          ...good,
          to: ['+85267000011', { countryCode: 65, msisdn: '81234567' }, '+852 6700 0011'],
          text: 'Zażółć 😀',
          from: 'Sender',
          signature: { text: 'CloudSMS', type: 3 },
          priority: 'high',
          onDoubt: 'resend',
          validUntil: new Date(Date.now() + 3_600_000).toISOString(),
          maxPrice: { amount: '9.00', currency: 'HKD' },
          metadata: { order: 7 },
        }),
    ],
    [
      202,
      'a template',
      () => send({ to: good.to, template: { id: 'otp', variables: { code: '123456', signature: 'CloudSMS' } } }),
    ],
    [400, 'no text', () => send({ to: good.to })],
    [400, 'an unknown member', () => send({ ...good, txt: '' })],
    [400, 'members of the wrong type', () => send({ to: '+85267000011', text: 5, priority: 'low', sendAt: 'soon' })],
    [400, 'a list', () => send([good])],
    [400, 'no recipients', () => send({ ...good, to: [] })],
    [400, 'a malformed number', () => send({ ...good, to: ['85267000011'] })],
    [422, 'an impossible number', () => send({ ...good, to: ['+85267'] })],
    [422, 'an unknown route', () => send({ ...good, route: 'nowhere' })],
    [422, 'a text that is too long', () => send({ ...good, text: 'x'.repeat(1999) })],
    [400, 'a text beyond the limit', () => send({ ...good, text: 'x'.repeat(2001) })],
    [400, 'half a body', () => send('{"to":')],
    [400, 'a deep body', () => send(`{"to":${'['.repeat(40)}${']'.repeat(40)}}`)],
    [400, 'a wrong idempotency key', () => send(good, { 'Idempotency-Key': 'a b' })],
    [401, 'no key', () => send(good, { Authorization: '' })],
    [401, 'an unknown key', () => send(good, { Authorization: 'Bearer csk_wrong' })],
    [401, 'an unknown key and a bad body', () => send('{}', { Authorization: 'Bearer csk_wrong' })],
    [403, 'a key without the scope', () => send(good, { Authorization: `Bearer ${reader}` })],
    [403, 'such a key and a bad body', () => send('{}', { Authorization: `Bearer ${reader}` })],
    [429, 'too many at once', () => send(good, { Authorization: `Bearer ${limited}` })],
  ])('%s for %s', async (status, _, request) => {
    const direct = await ask(request());
    const express = await ask(byExpress(request()));
    expect([direct.answer.status, direct.express, express.express]).toEqual([status, false, true]);
    expect(direct.answer).toEqual(express.answer);
  });

  test('repeats an answer whichever way it is asked for', async () => {
    const first = send(good, { 'Idempotency-Key': 'both-1' });
    const { body } = await ask(first);
    const again = [await ask(byExpress(first)), await ask(first)];
    expect(again.map((one) => one.body)).toEqual([body, body]);
    const other = send({ ...good, text: 'other' }, { 'Idempotency-Key': 'both-1' });
    const [direct, express] = [await ask(other), await ask(byExpress(other))];
    expect(direct.answer.status).toBe(422);
    expect(direct.answer).toEqual(express.answer);
  });

  test('counts both by the same route', async () => {
    const { text } = await api.call('get', '/metrics');
    expect(text).toMatch(/cloudsms_http_requests_total\{method="POST",route="\/v1\/messages",status="202"\} [1-9]/);
  });
});
