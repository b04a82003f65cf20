import fs from 'node:fs';
import { pino } from 'pino';

import { Notifications } from '../../src/database/notifications.js';
import { Sequencer } from '../../src/outbox/sequencer.loop.js';
import { EVENT_TYPES } from '../../src/reporting/domain/event-type.js';
import type { EventView } from '../../src/reporting/events/event.view.js';
import { ReportApplier } from '../../src/reporting/report-applier.service.js';
import { ReportLocator } from '../../src/reporting/report-locator.service.js';
import { ReportWriter } from '../../src/reporting/report-writer.js';
import type { JsonClient } from '../../scripts/sandbox/json-client.js';
import { EventReader } from '../support/event-reader.js';
import { eventually } from '../support/eventually.js';
import { GatewayApi } from '../support/gateway-api.js';
import { GatewayTraffic } from '../support/gateway-traffic.js';

const logger = pino({ level: 'silent' });
const JSON_TYPE = { accept: 'application/json' };
let traffic: GatewayTraffic;
let api: GatewayApi;
let sequencer: Sequencer;
let client: JsonClient;
let key: string;
const readers: EventReader[] = [];

interface Feed {
  readonly items: readonly EventView[];
  readonly nextCursor: string | null;
}

beforeAll(async () => {
  traffic = await GatewayTraffic.create();
  api = await GatewayApi.start(traffic);
  sequencer = new Sequencer(traffic.database, new Notifications(traffic.url, logger), logger);
  key = await api.key('one', ['messages:read']);
  client = api.client(key);
});
afterAll(async () => {
  for (const reader of readers) reader.close();
  await api.stop();
  await traffic.drop();
});

const page = (query: Record<string, string | number>) =>
  client.expect<Feed>(200, 'GET', '/v1/events', { headers: JSON_TYPE, query });

async function number(): Promise<void> {
  while ((await sequencer.round()) === true);
}

function stream(lastEventId?: number, path?: string): EventReader {
  const reader = new EventReader(api.url, key).open(lastEventId, path);
  readers.push(reader);
  return reader;
}

const sequencesOf = (reader: EventReader) => reader.events.map(({ id }) => id);
const upTo = (last: number, from = 1) => Array.from({ length: last - from + 1 }, (_, index) => from + index);

describe('GET /v1/events', () => {
  it('tells a message from acceptance to correction, with metadata, and its number masked unless asked for', async () => {
    const sent = await traffic.send(['67000001'], { metadata: { order: 7 } });
    await traffic.answer(sent, [{ kind: 'accepted', uid: 'A1' }]);
    const writer = new ReportWriter(traffic.database);
    const applier = new ReportApplier(traffic.database, new ReportLocator(traffic.secrets), traffic.clock, logger);
    for (const state of [3, 2]) {
      await writer.store([traffic.report(sent, 'A1', state)]);
      await applier.apply(10);
    }
    await number();
    const { items } = await page({});
    const common = {
      messageId: traffic.messageId(sent),
      submissionId: sent.submissionId,
      to: '+852••••••01',
      currentStatus: 'delivered',
      reason: null,
      metadata: { order: 7 },
    };
    expect(items).toEqual([
      { ...common, sequence: 1, type: 'message.queued', status: 'queued', smsState: null, at: items[0].at },
      { ...common, sequence: 2, type: 'message.submitted', status: 'submitted', smsState: null, at: items[1].at },
      { ...common, sequence: 3, type: 'message.expired', status: 'expired', smsState: 3, at: items[2].at },
      {
        ...common,
        sequence: 4,
        type: 'message.corrected',
        status: 'delivered',
        previousStatus: 'expired',
        smsState: 2,
        at: items[3].at,
      },
    ]);
    expect((await page({ numbers: 'clear' })).items[0].to).toBe('+85267000001');
  });

  it('goes on page by page, and from where it was when there is more', async () => {
    const first = await page({ limit: 3 });
    expect(first.items.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    const second = await page({ limit: 3, cursor: first.nextCursor ?? '' });
    expect(second.items.map(({ sequence }) => sequence)).toEqual([4]);
    const cursor = second.nextCursor ?? '';
    expect(await page({ cursor })).toEqual({ items: [], nextCursor: null });
    await traffic.submit(['67000002']);
    await number();
    expect((await page({ cursor })).items.map(({ sequence }) => sequence)).toEqual([5]);
    expect((await page({ after: 4 })).items.map(({ sequence }) => sequence)).toEqual([5]);
  });

  it("shows nobody another app's", async () => {
    const other = api.client(await api.key('two', ['messages:read']));
    expect(await other.expect<Feed>(200, 'GET', '/v1/events', { headers: JSON_TYPE })).toEqual({
      items: [],
      nextCursor: null,
    });
    const sender = api.client(await api.key('one', ['messages:send']));
    expect((await sender.call('GET', '/v1/events', { headers: JSON_TYPE })).status).toBe(403);
  });

  it('streams what is new, and after Last-Event-ID all that was missed', async () => {
    const live = stream();
    const whole = stream(0);
    await eventually(() => live.status === 200 && whole.events.length === 5);
    expect(live.type).toBe('text/event-stream; charset=utf-8');
    await traffic.submit(['67000003', '67000004']);
    await number();
    await eventually(() => live.events.length === 2 && whole.events.length === 7);
    expect(sequencesOf(whole)).toEqual(upTo(7));
    expect(live.events[0]).toMatchObject({ id: 6, event: 'message.queued', data: { sequence: 6, to: '+852••••••03' } });
    const resumed = stream(5, '/v1/events?numbers=clear');
    await eventually(() => resumed.events.length === 2);
    expect(sequencesOf(resumed)).toEqual([6, 7]);
    expect(resumed.events[0].data).toMatchObject({ to: '+85267000003' });
  });

  it('ends the stream of a key that is revoked, and of no other', async () => {
    const operator = api.client(await api.key('operators', ['admin']));
    const lost = await api.key('three', ['messages:read']);
    const [{ id, app_id: appId }] = await traffic.rows<{ id: string; app_id: number }>(
      'select id, app_id from api_key order by created_at desc limit 1',
    );
    const ended = new EventReader(api.url, lost).open(0);
    const stays = stream();
    readers.push(ended);
    await eventually(() => ended.status === 200 && stays.status === 200);
    await operator.expect(200, 'POST', `/v1/apps/${appId}/keys/${id}/revoke`);
    await eventually(() => ended.ended);
    expect(stays.ended).toBe(false);
    const again = new EventReader(api.url, lost).open(0);
    readers.push(again);
    await eventually(() => again.status === 401);
  });

  it('keeps its place for a reader who reads slowly, and nothing else', async () => {
    const slow = stream(7);
    const quick = stream(7);
    await eventually(() => slow.status === 200 && quick.status === 200);
    slow.pause();
    const numbers = Array.from({ length: 1000 }, (_, index) => String(67_100_000 + index));
    const note = 'x'.repeat(5000);
    for (let submission = 0; submission < 3; submission += 1) await traffic.submit(numbers, { metadata: { note } });
    await number();
    await eventually(() => quick.events.length === 3000, { timeout: 50_000 });
    expect(slow.events.length).toBeLessThan(3000);
    slow.resume();
    await eventually(() => slow.events.length === 3000, { timeout: 50_000 });
    expect(sequencesOf(slow)).toEqual(upTo(3007, 8));
    expect(sequencesOf(quick)).toEqual(upTo(3007, 8));
  });

  it('refuses numbers that no event has, and says so when events are gone', async () => {
    const ahead = await client.call('GET', '/v1/events', { headers: JSON_TYPE, query: { after: 99_999_999 } });
    expect(ahead).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    const broken = stream();
    broken.close();
    for (const id of ['x', '-1', '1.5']) {
      const answer = await client.call('GET', '/v1/events', { headers: { 'last-event-id': id } });
      expect(answer).toMatchObject({ status: 400, body: { errors: [{ field: 'Last-Event-ID' }] } });
    }
    await traffic.rows('update event_sequence set dropped = 4 where app_id = $1', [traffic.appId]);
    const gone = await client.call('GET', '/v1/events', { headers: { 'last-event-id': '3' } });
    expect(gone).toMatchObject({ status: 410, body: { code: 'events_expired' } });
    expect((await page({ after: 4, limit: 1 })).items.map(({ sequence }) => sequence)).toEqual([5]);
    expect((await page({ after: 0, limit: 1 })).items).toHaveLength(1);
  });
});

describe('docs/events.md', () => {
  it('names every type of event, and no other', () => {
    const text = fs.readFileSync('docs/events.md', 'utf8');
    const named = new Set(Array.from(text.matchAll(/`((?:message|spend_cap)\.[a-z_]+)`/g), ([, type]) => type));
    expect(named).toEqual(new Set(EVENT_TYPES));
  });
});
