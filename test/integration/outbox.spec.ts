import { randomBytes } from 'node:crypto';
import { pino } from 'pino';

import { loadConfig } from '../../src/config/config.js';
import { Notifications } from '../../src/database/notifications.js';
import { cancelMessage } from '../../src/database/statements/cancel.js';
import { giveUp } from '../../src/database/statements/give-up.js';
import { STATUS_CODE } from '../../src/messaging/domain/message-status.js';
import type { NumberedChange } from '../../src/outbox/domain/changes.js';
import { EventLog } from '../../src/outbox/event-log.service.js';
import { Sequencer } from '../../src/outbox/sequencer.loop.js';
import { ToldStatus } from '../../src/outbox/told-status.js';
import { EventRetentionJob } from '../../src/reporting/events/event-retention.job.js';
import { ReportApplier } from '../../src/reporting/report-applier.service.js';
import { ReportLocator } from '../../src/reporting/report-locator.service.js';
import { ReportWriter } from '../../src/reporting/report-writer.js';
import { uuidv7 } from '../../src/uuid.js';
import { GatewayTraffic } from '../support/gateway-traffic.js';

const logger = pino({ level: 'silent' });
let traffic: GatewayTraffic;
let log: EventLog;
let sequencer: Sequencer;
let position = 0;

beforeAll(async () => {
  traffic = await GatewayTraffic.create();
  log = new EventLog(traffic.database);
  sequencer = new Sequencer(traffic.database, new Notifications(traffic.url, logger), logger);
});
afterAll(() => traffic.drop());

/** What has been told since the last call, numbered. */
async function told(): Promise<readonly NumberedChange[]> {
  while ((await sequencer.round()) === true);
  const changes = await log.after(traffic.appId, position, 1000);
  expect(changes.map(({ sequence }) => sequence)).toEqual(changes.map((_, index) => position + index + 1));
  position += changes.length;
  expect(await log.sequence(traffic.appId)).toMatchObject({ last: position, dropped: 0 });
  return changes;
}

const steps = (changes: readonly NumberedChange[]) =>
  changes.map(({ ordinal, status, previous, smsState, reason }) => [ordinal, status, previous, smsState, reason]);

async function report(sent: Awaited<ReturnType<GatewayTraffic['send']>>, states: readonly [string, number][]) {
  const writer = new ReportWriter(traffic.database);
  const applier = new ReportApplier(traffic.database, new ReportLocator(traffic.secrets), traffic.clock, logger);
  for (const [msisdn, state] of states) {
    await writer.store([traffic.report(sent, `UID-${msisdn}`, state, { msisdn })]);
    await applier.apply(100);
  }
}

describe('the outbox', () => {
  it('is told in one row that 200 messages were accepted, and in one that they were answered', async () => {
    const numbers = Array.from({ length: 200 }, (_, index) => String(67_000_000 + index));
    const sent = await traffic.send(numbers);
    await traffic.answer(
      sent,
      numbers.map((number) => ({ kind: 'accepted', uid: `UID-${number}` })),
    );
    expect(await traffic.rows('select size from outbox order by id')).toEqual([{ size: 200 }, { size: 200 }]);
    const changes = await told();
    expect(changes).toHaveLength(400);
    expect(new Set(changes.map(({ submissionId }) => submissionId))).toEqual(new Set([sent.submissionId]));
    expect(steps(changes).slice(0, 200)).toEqual(numbers.map((_, index) => [index + 1, 0, null, null, null]));
    expect(steps(changes).slice(200)).toEqual(numbers.map((_, index) => [index + 1, 2, null, null, null]));
    expect(changes.every(({ at }) => at === traffic.clock.time)).toBe(true);
  });

  it('is told of every change of status, with what it corrects, and of nothing else', async () => {
    const numbers = ['67002001', '67002002', '67002003'];
    const sent = await traffic.send(numbers);
    await traffic.answer(sent, [
      { kind: 'accepted', uid: 'UID-67002001' },
      { kind: 'failed', reason: 0x1000_0006 },
      { kind: 'in_doubt' },
    ]);
    await report(sent, [
      ['67002001', 1],
      ['67002001', 3],
      ['67002001', 3],
      ['67002001', 2],
      ['67002003', 2],
    ]);
    const changes = await told();
    expect(steps(changes).slice(0, 3)).toEqual([1, 2, 3].map((ordinal) => [ordinal, 0, null, null, null]));
    expect(new Set(steps(changes).slice(3, 6))).toEqual(
      new Set([
        [1, STATUS_CODE.submitted, null, null, null],
        [2, STATUS_CODE.failed, null, null, 0x1000_0006],
        [3, STATUS_CODE.in_doubt, null, null, null],
      ]),
    );
    expect(steps(changes).slice(6)).toEqual([
      [1, STATUS_CODE.expired, null, 3, null],
      [1, STATUS_CODE.delivered, STATUS_CODE.expired, 2, null],
      [3, STATUS_CODE.delivered, null, 2, null],
    ]);
  });

  it('is told of what was scheduled and cancelled, and of what a dead worker leaves in doubt', async () => {
    const now = traffic.clock.now();
    const scheduled = await traffic.submit(['67002004'], { dueAt: now + 3_600_000 });
    const key = { submissionId: scheduled, ordinal: 1, appId: traffic.appId };
    await cancelMessage(traffic.database, key, now, uuidv7(Date.now(), randomBytes(10)));
    await traffic.send(['67002005', '67002006']);
    await traffic.rows(`update packet set deadline = now() - interval '1 second'`);
    await giveUp(traffic.database, now);
    expect(steps(await told()).map(([ordinal, status]) => [ordinal, status])).toEqual([
      [1, ToldStatus.scheduled],
      [1, STATUS_CODE.cancelled],
      [1, ToldStatus.queued],
      [2, ToldStatus.queued],
      [1, STATUS_CODE.in_doubt],
      [2, STATUS_CODE.in_doubt],
    ]);
  });

  it('numbers each app for itself', async () => {
    const [other] = await traffic.rows<{ id: number }>(`insert into app (name) values ('two') returning id`);
    const appId = other?.id ?? 0;
    await traffic.submit(['67002007'], { appId });
    await traffic.submit(['67002008']);
    await traffic.submit(['67002009'], { appId });
    expect(await told()).toHaveLength(1);
    expect((await log.after(appId, 0, 10)).map(({ sequence }) => sequence)).toEqual([1, 2]);
  });

  it('gives any page of a large row', async () => {
    const numbers = Array.from({ length: 100 }, (_, index) => String(67_001_000 + index));
    await traffic.submit(numbers);
    await traffic.submit(numbers);
    const start = position;
    const whole = await told();
    for (const [after, limit] of [
      [0, 30],
      [90, 30],
      [100, 100],
      [150, 7],
      [199, 10],
      [200, 10],
    ] as const)
      expect(await log.after(traffic.appId, start + after, limit)).toEqual(whole.slice(after, after + limit));
  });

  it('is looked at in strides for as long as there are changes, and now and then when there are none', async () => {
    await traffic.submit(['67000009']);
    expect(await sequencer.round()).toBe('soon');
    const looks: unknown[] = [];
    while (looks.at(-1) !== false && looks.length < 100) looks.push(await sequencer.round());
    expect(looks).toEqual([...Array<string>(5).fill('soon'), false]);
    await traffic.submit(['67000011']);
    expect(await sequencer.round()).toBe('soon');
    await told();
  });

  it('is dropped by the week when its time is over, and remembers how far', async () => {
    const month = 30 * 86_400_000;
    await traffic.submit(['67000010']);
    const jobs = new EventRetentionJob(traffic.database, loadConfig({}, 'sandbox.json'), logger);
    const [{ partition }] = await traffic.rows<{ partition: string }>(
      'select tableoid::regclass::text as partition from outbox order by id desc limit 1',
    );
    // What has no number yet is kept, however old.
    expect(await jobs.drop(Date.now() + month)).not.toContain(partition);
    const newest = (await told()).at(-1)?.sequence;
    expect(await jobs.drop(Date.now() + month)).toContain(partition);
    expect(await log.sequence(traffic.appId)).toEqual({ last: newest, dropped: newest });
    expect(await log.after(traffic.appId, 0, 10)).toEqual([]);
  });
});
