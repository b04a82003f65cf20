import type { RouteView } from '../../src/messaging/route.view.js';
import { eventually } from '../support/eventually.js';
import { GatewayApi } from '../support/gateway-api.js';
import { GatewayTraffic } from '../support/gateway-traffic.js';

let traffic: GatewayTraffic;
let api: GatewayApi;

beforeAll(async () => {
  traffic = await GatewayTraffic.create();
  api = await GatewayApi.start(traffic, { QUEUE_LIMIT: '3' });
});

afterAll(async () => {
  await api.stop();
  await traffic.drop();
});

describe('/v1/routes', () => {
  it('shows an open route', async () => {
    const client = api.client(await api.key('operators', ['admin']));
    expect(await client.expect<{ items: RouteView[] }>(200, 'GET', '/v1/routes')).toMatchObject({
      items: [{ name: 'R1', currency: 'HKD', state: 'open', reason: null, since: null, segmentsPerSecond: 100 }],
    });
    expect((await client.call('GET', '/v1/routes/none')).body).toMatchObject({ code: 'route_not_found' });
    expect((await client.call('POST', '/v1/routes/none/reset')).status).toBe(404);
  });

  it('shows a stopped one, and opens it on request', async () => {
    await traffic.rows(`update route set failures = 2, pause_reason = 'Channel_not_exist', stopped_at = now(),
      paused_until = now() + interval '1 hour'`);
    const client = api.client(await api.key('operators', ['admin']));
    const stopped = await client.expect<RouteView>(200, 'GET', '/v1/routes/R1');
    expect(stopped).toMatchObject({ state: 'stopped', reason: 'Channel_not_exist' });
    expect(Date.parse(stopped.since ?? '')).toBeLessThanOrEqual(Date.now() + 1000);
    expect(await client.expect(200, 'POST', '/v1/routes/R1/reset')).toMatchObject({ state: 'open', reason: null });
    expect(await traffic.rows(`select object_id from audit_entry where action = 'route.reset'`)).toEqual([
      { object_id: 'R1' },
    ]);
  });

  it('is told to whoever watches the metrics: state, queue, age and doubts', async () => {
    const sent = await traffic.send(['67000001']);
    await traffic.answer(sent, [{ kind: 'in_doubt' }], 'in_doubt');
    const waits = await traffic.submit(['67000002', '67000003'], { createdAt: traffic.clock.now() - 60_000 });
    await traffic.rows(`update route set failures = 2, pause_reason = 'x', stopped_at = now() - interval '90 seconds',
      paused_until = now() + interval '1 hour'`);
    const metrics = await eventually(async () => {
      const { text } = await api.client('').call('GET', '/metrics');
      expect(text).toContain('cloudsms_route_state{route="R1",state="stopped"} 1');
      return text;
    });
    expect(metrics).toContain('cloudsms_route_state{route="R1",state="open"} 0');
    expect(metrics).toContain('cloudsms_queue_messages{route="R1",lane="normal"} 2');
    expect(metrics).toContain('cloudsms_queue_messages{route="R1",lane="high"} 0');
    expect(metrics).toContain('cloudsms_doubts_open 1');
    expect(metrics).toContain('cloudsms_queue_readable 1');
    const value = (name: string) => Number(new RegExp(`^${name} (.*)$`, 'm').exec(metrics)?.[1]);
    expect(value('cloudsms_route_stopped_seconds{route="R1"}')).toBeGreaterThanOrEqual(89);
    expect(value('cloudsms_queue_oldest_due_seconds{route="R1",lane="normal"}')).toBeGreaterThanOrEqual(60);
    await traffic.rows('update route set failures = 0, pause_reason = null, stopped_at = null, paused_until = null');
    await traffic.rows('delete from packet where submission_id = $1', [waits]);
  });

  it('is for operators', async () => {
    const client = api.client(await api.key('team', ['messages:send', 'messages:read']));
    expect((await client.call('GET', '/v1/routes')).status).toBe(403);
    expect((await client.call('POST', '/v1/routes/R1/reset')).status).toBe(403);
  });
});

it('refuses what would make the queue of an app too long, and says when to come back', async () => {
  const client = api.client(await api.key('bulk', ['messages:send']));
  const send = (count: number) =>
    client.call<{ code?: string }>('POST', '/v1/messages', {
      json: { to: Array.from({ length: count }, (_, index) => `+8526700001${index}`), text: 'Hello' },
    });
  expect((await send(2)).status).toBe(202);
  const refused = await send(2);
  expect(refused).toMatchObject({ status: 429, body: { code: 'queue_full' }, headers: { 'retry-after': '30' } });
  const other = api.client(await api.key('other', ['messages:send']));
  expect((await other.call('POST', '/v1/messages', { json: { to: ['+85267000019'], text: 'Hello' } })).status).toBe(
    202,
  );
});
