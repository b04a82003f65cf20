import { randomBytes } from 'node:crypto';
import { pino } from 'pino';

import { Database } from '../../src/database/database.js';
import { mergeAggregates } from '../../src/database/statements/aggregate-merge.js';
import type { SummaryDimension } from '../../src/database/statements/aggregate-summary.js';
import { cancelMessage } from '../../src/database/statements/cancel.js';
import { giveUp } from '../../src/database/statements/give-up.js';
import { AggregateRecount } from '../../src/reporting/aggregate-recount.service.js';
import { ReportApplier } from '../../src/reporting/report-applier.service.js';
import { ReportLocator } from '../../src/reporting/report-locator.service.js';
import { ReportWriter } from '../../src/reporting/report-writer.js';
import { SummaryQuery } from '../../src/reporting/summary.dto.js';
import { SummaryService } from '../../src/reporting/summary.service.js';
import { summaryCsv, type SummaryView } from '../../src/reporting/summary.view.js';
import { InvalidRequestError, validate } from '../../src/rest/validation.pipe.js';
import { uuidv7 } from '../../src/uuid.js';
import { GatewayTraffic } from '../support/gateway-traffic.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** 12:07 UTC of a day ahead, another one for each test: business time never is behind the ids' real clock. */
let noon = Math.floor(Date.now() / DAY) * DAY + 3 * DAY + 12 * HOUR + 7 * MINUTE;
const logger = pino({ level: 'silent' });

let traffic: GatewayTraffic;
let summaries: SummaryService;
let recount: AggregateRecount;
let writer: ReportWriter;
let applier: ReportApplier;
let serial = 0;

const numbers = (count: number): string[] => Array.from({ length: count }, () => String(60_000_000 + serial++));
const uid = (): string => `UID${String(serial++).padStart(29, '0')}`;

async function summary(query: Record<string, unknown> = {}, appId: number | undefined = traffic.appId) {
  return summaries.summarise(appId, validate(SummaryQuery, query));
}

const dayOf = (at: number) => ({
  from: new Date(Math.floor(at / DAY) * DAY).toISOString(),
  to: new Date(Math.floor(at / DAY) * DAY + DAY).toISOString(),
});

async function mergeAll(): Promise<void> {
  while ((await mergeAggregates(traffic.database, 100)) > 0);
}

async function report(...reports: Parameters<ReportWriter['store']>[0]): Promise<void> {
  await writer.store(reports);
  await traffic.rows('update report_queue set due_at = now()');
  while ((await applier.apply(1000)) > 0);
}

async function open(): Promise<void> {
  traffic = await GatewayTraffic.create();
  summaries = new SummaryService(traffic.database, traffic.clock);
  recount = new AggregateRecount(traffic.database, traffic.clock, logger);
  writer = new ReportWriter(traffic.database);
  applier = new ReportApplier(traffic.database, new ReportLocator(traffic.secrets), traffic.clock, logger);
}

/** One message of each fate; noon is when they are created. */
async function everyFate(): Promise<void> {
  const sent = await traffic.send(numbers(7), { segments: 2 });
  const uids = sent.numbers.map(uid);
  await traffic.answer(sent, [
    ...uids.slice(0, 5).map((value) => ({ kind: 'accepted' as const, uid: value })),
    { kind: 'failed', reason: 4 },
    { kind: 'in_doubt' },
  ]);
  const about = (index: number, state: number, after: number) =>
    traffic.report(sent, uids[index] ?? '', state, { msisdn: sent.numbers[index], reportedAt: noon + after });
  await report(about(0, 2, 8000), about(1, 6, 2000), about(2, 3, 5000), about(3, 60, 1000));
  const waiting = await traffic.submit(numbers(2));
  const cancelled = { submissionId: waiting, ordinal: 2, appId: traffic.appId };
  await cancelMessage(traffic.database, cancelled, noon + 500, uuidv7(Date.now(), randomBytes(10)));
}

const FATES = {
  messages: 9,
  segments: 16,
  counts: {
    queued: 1,
    in_doubt: 1,
    submitted: 1,
    delivered: 2,
    undelivered: 0,
    expired: 1,
    rejected: 1,
    unknown: 0,
    failed: 1,
    cancelled: 1,
  },
  // Four accepted ones of two segments: LOCAL_REJECTED costs nothing.
  cost: [{ amount: '2.80', currency: 'HKD' }],
  deliveryRate: 0.4,
  timeToDelivery: { p50: expect.closeTo(2, 1), p95: expect.closeTo(8, 0), p99: expect.closeTo(8, 0) },
};

describe('the summary', () => {
  beforeAll(open);
  afterAll(() => traffic.drop());
  beforeEach(() => {
    noon += 2 * DAY;
    traffic.clock.time = noon;
  });

  it('counts every fate once, before and after the merge, and the sum of the counts is what was accepted', async () => {
    await everyFate();
    const fresh = await summary(dayOf(noon));
    expect(fresh).toEqual({
      ...dayOf(noon),
      timeZone: 'UTC',
      groupBy: [],
      items: [FATES],
      totals: FATES,
    });
    expect(await mergeAggregates(traffic.database, 3)).toBe(3);
    expect(await summary(dayOf(noon))).toEqual(fresh);
    await mergeAll();
    expect(await traffic.rows('select from aggregate_delta')).toEqual([]);
    expect(await summary(dayOf(noon))).toEqual(fresh);
    expect((await traffic.accounts()).spent).toBe(2.8);
  });

  it('groups by any dimensions', async () => {
    await everyFate();
    const byStatus = await summary({ ...dayOf(noon), groupBy: 'status,country,route,app' });
    expect(
      byStatus.items.map(({ status, messages, country, route, app }) => [status, messages, country, route, app]),
    ).toEqual(
      [
        ['queued', 1],
        ['in_doubt', 1],
        ['submitted', 1],
        ['delivered', 2],
        ['expired', 1],
        ['rejected', 1],
        ['failed', 1],
        ['cancelled', 1],
      ].map((pair) => [...pair, 852, 'R1', 'one']),
    );
    expect(byStatus.totals).toEqual(FATES);
  });

  it('has a status of its own taken back by a correction, with its time', async () => {
    const sent = await traffic.send(numbers(1));
    const smsUid = uid();
    await traffic.answer(sent, [{ kind: 'accepted', uid: smsUid }]);
    await report(traffic.report(sent, smsUid, 6, { reportedAt: noon + 1000 }));
    expect((await summary(dayOf(noon))).totals).toMatchObject({
      deliveryRate: 1,
      timeToDelivery: { p50: expect.closeTo(1, 1) },
    });
    await mergeAll();
    await report(traffic.report(sent, smsUid, 8, { reportedAt: noon + 3000 }));
    expect((await summary(dayOf(noon))).totals).toMatchObject({
      messages: 1,
      counts: { delivered: 0, rejected: 1, submitted: 0, queued: 0 },
      deliveryRate: 0,
      timeToDelivery: null,
    });
    await mergeAll();
    const left = await traffic.rows(
      'select status from aggregate_bucket where tier = 2 and messages <> 0 and start >= $1',
      [new Date(noon - DAY)],
    );
    expect(left).toEqual([{ status: 6 }]);
  });

  /** A message that was accepted by two attempts: in doubt, and sent once more as its caller had asked for. */
  async function acceptedTwice() {
    const first = await traffic.send(numbers(1), { segments: 2 });
    await traffic.rows('update submission set resend_on_doubt = true where id = $1', [first.submissionId]);
    await traffic.rows(`update packet set deadline = now() - interval '1 second' where attempt_id = $1`, [
      first.attemptId,
    ]);
    expect(await giveUp(traffic.database, noon)).toHaveLength(1);
    const second = await traffic.claim(first.submissionId, first.numbers);
    const uids = { first: uid(), second: uid() };
    await traffic.answer(second, [{ kind: 'accepted', uid: uids.second }]);
    return { first, second, uids };
  }

  it.each([
    ['an ANSWER', 'answer'],
    ['a report', 'report'],
  ] as const)('counts a second acceptance, found out by %s, as cost and not as a message', async (_, by) => {
    const spentBefore = (await traffic.accounts()).spent ?? 0;
    const { first, second, uids } = await acceptedTwice();
    expect((await summary(dayOf(noon))).totals).toMatchObject({ messages: 1, cost: [{ amount: '0.70' }] });
    if (by === 'answer') await traffic.answer(first, [{ kind: 'accepted', uid: uids.first }]);
    else await report(traffic.report(first, uids.first, 2, { reportedAt: noon + 1000 }));
    for (const merged of [false, true]) {
      if (merged) await mergeAll();
      expect((await summary(dayOf(noon))).totals).toMatchObject({
        messages: 1,
        segments: 2,
        cost: [{ amount: '1.40', currency: 'HKD' }],
      });
    }
    // Each is charged by its own state: what the platform itself has rejected costs nothing.
    await report(traffic.report(second, uids.second, 60, { reportedAt: noon + 2000 }));
    expect((await summary(dayOf(noon))).totals).toMatchObject({ messages: 1, cost: [{ amount: '0.70' }] });
    const recounted = new AggregateRecount(traffic.database, traffic.clock, logger);
    expect(await recounted.recount({ from: noon - HOUR - 7 * MINUTE, to: noon + HOUR - 7 * MINUTE })).toEqual({
      messages: 1,
      drifted: 0,
    });
    const { spent = 0 } = await traffic.accounts();
    expect(spent - spentBefore).toBeCloseTo(0.7, 8);
  });

  it('has the cost of a second acceptance restored by the recount', async () => {
    const { first, uids } = await acceptedTwice();
    await traffic.answer(first, [{ kind: 'accepted', uid: uids.first }]);
    await mergeAll();
    await traffic.rows(
      'update aggregate_bucket set charged = charged - 2 where tier = 0 and status = 2 and start = $1',
      [new Date(noon - 7 * MINUTE)],
    );
    const recounted = new AggregateRecount(traffic.database, traffic.clock, logger);
    const period = { from: noon - 7 * MINUTE, to: noon + 8 * MINUTE };
    expect((await recounted.recount(period)).drifted).toBe(1);
    await mergeAll();
    expect((await recounted.recount(period)).drifted).toBe(0);
    const day = Math.floor(noon / DAY) * DAY;
    await recounted.align(day, day + DAY);
    expect((await summary({ ...dayOf(noon), groupBy: 'hour' })).totals).toMatchObject({ cost: [{ amount: '1.40' }] });
  });

  it('measures from when a message was due', async () => {
    const sent = await traffic.send(numbers(1), { dueAt: noon + HOUR });
    const smsUid = uid();
    await report(traffic.report(sent, smsUid, 2, { reportedAt: noon + HOUR + 10_000 }));
    expect((await summary(dayOf(noon))).totals.timeToDelivery?.p50).toBeCloseTo(10, 0);
  });

  it.each([
    ['UTC', ['11', '12', '12', '13']],
    ['Asia/Hong_Kong', ['19', '20', '20', '21']],
    ['Asia/Kolkata', ['17', '17', '17', '18']],
    ['Asia/Kathmandu', ['17', '17', '18', '19']],
    ['America/St_Johns', ['08', '09', '09', '10']],
  ])('cuts hours by the clock of %s', async (timeZone, hours) => {
    const twelve = noon - 7 * MINUTE;
    // 11:55, 12:05, 12:20, 13:20 UTC.
    for (const after of [-5, 5, 20, 80]) await traffic.submit(numbers(1), { createdAt: twelve + after * MINUTE });
    const expected = new Map<string, number>();
    const offset = hourOffset(timeZone, twelve);
    for (const after of [-5, 5, 20, 80]) {
      const local = Math.floor((twelve + after * MINUTE + offset) / HOUR) * HOUR;
      const label = new Date(local).toISOString().slice(0, 19);
      expected.set(label, (expected.get(label) ?? 0) + 1);
    }
    for (const merged of [false, true]) {
      if (merged) await mergeAll();
      const { items } = await summary({ ...dayOf(twelve), groupBy: 'hour', timeZone });
      expect(items.map(({ hour, messages }) => [hour?.slice(0, 19), messages])).toEqual([...expected]);
      if (timeZone !== 'America/St_Johns')
        expect(
          items.flatMap(({ hour, messages }) => Array.from({ length: messages }, () => hour?.slice(11, 13))),
        ).toEqual(hours);
    }
  });

  it('cuts days by the calendar of the zone, and the day that is put forward has 23 hours', async () => {
    const start = Date.parse('2026-03-29T00:00:00+01:00');
    for (let hour = 0; hour < 24; hour += 1)
      await traffic.submit(numbers(1), { createdAt: start + hour * HOUR + MINUTE });
    await mergeAll();
    const { items } = await summary({
      from: '2026-03-28T00:00:00Z',
      to: '2026-03-31T00:00:00Z',
      groupBy: 'day',
      timeZone: 'Europe/Berlin',
    });
    expect(items.map(({ day, messages }) => [day, messages])).toEqual([
      ['2026-03-29', 23],
      ['2026-03-30', 1],
    ]);
  });

  it('tells apart the hours that a clock passes twice', async () => {
    const first = Date.parse('2026-10-25T02:10:00+02:00');
    for (const after of [0, HOUR]) await traffic.submit(numbers(1), { createdAt: first + after });
    const { items } = await summary({
      from: '2026-10-25T00:00:00Z',
      to: '2026-10-25T03:00:00Z',
      groupBy: 'hour',
      timeZone: 'Europe/Berlin',
    });
    expect(items.map(({ hour }) => hour)).toEqual(['2026-10-25T02:00:00+02:00', '2026-10-25T02:00:00+01:00']);
  });

  it('widens a period to whole quarters, and says so', async () => {
    await everyFate();
    const { from, to, totals } = await summary({
      from: new Date(noon).toISOString(),
      to: new Date(noon + MINUTE).toISOString(),
    });
    expect([Date.parse(from), Date.parse(to)]).toEqual([noon - 7 * MINUTE, noon + 8 * MINUTE]);
    expect(totals.messages).toBe(9);
    const before = await summary({ from: new Date(noon - DAY).toISOString(), to: from });
    expect(before.totals.messages).toBe(0);
  });

  it('is of one app, or of all', async () => {
    const [other] = await traffic.rows<{ id: number }>(`insert into app (name) values ('=two') returning id`);
    await traffic.submit(numbers(2));
    await traffic.submit(numbers(3), { appId: other?.id });
    for (const merged of [false, true]) {
      if (merged) await mergeAll();
      expect((await summary(dayOf(noon))).totals.messages).toBe(2);
      expect((await summary(dayOf(noon), other?.id)).totals.messages).toBe(3);
      const all = await summaries.summarise(undefined, validate(SummaryQuery, { ...dayOf(noon), groupBy: 'app' }));
      expect(all.items.map(({ app, messages }) => [app, messages])).toEqual([
        ['=two', 3],
        ['one', 2],
      ]);
      expect(csvOf(all, ['app'])).toEqual([
        'app,messages,segments,queued,in_doubt,submitted,delivered,undelivered,expired,rejected,unknown,failed,cancelled,delivery_rate,p50_seconds,p95_seconds,p99_seconds',
        "'=two,3,3,3,0,0,0,0,0,0,0,0,0,,,,",
        'one,2,2,2,0,0,0,0,0,0,0,0,0,,,,',
      ]);
    }
  });

  it('names what is wrong with a question', async () => {
    const faults: [Record<string, unknown>, string][] = [
      [{ from: '2026-01-02T00:00:00Z', to: '2026-01-02T00:00:00Z' }, 'from'],
      [{ from: '2026-01-01', to: '2026-01-02T00:00:00Z' }, 'from'],
      [{ from: '1990-01-02T00:00:00Z', to: '2026-01-02T00:00:00Z' }, 'from'],
      [{ from: '2024-01-02T00:00:00Z', to: '2026-01-02T00:00:00Z', groupBy: 'hour' }, 'from'],
      [{ groupBy: 'colour' }, 'groupBy'],
      [{ groupBy: 'app,app' }, 'groupBy'],
      [{ timeZone: 'Mars/Olympus' }, 'timeZone'],
      [{ timeZone: '+08:00' }, 'timeZone'],
    ];
    for (const [query, field] of faults) {
      const error: unknown = await Promise.resolve()
        .then(() => summary(query))
        .catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(InvalidRequestError);
      expect(error).toMatchObject({ faults: [{ field }] });
    }
  });
});

describe('the recount', () => {
  beforeEach(async () => {
    await open();
    traffic.clock.time = noon;
  });
  afterEach(() => traffic.drop());
  it('agrees with what was kept up, at every stage', async () => {
    await everyFate();
    await mergeAll();
    traffic.clock.time = noon + 10 * DAY;
    const { messages, ...drift } = await recount.goOn();
    // Once a stage.
    expect(messages).toBe(27);
    expect(drift).toEqual({ quarters: 0, tiers: 0, money: 0 });
    expect(await recount.goOn()).toEqual({ messages: 0, quarters: 0, tiers: 0, money: 0 });
  });

  it('repairs what was lost, added or moved, and tells of it', async () => {
    await everyFate();
    await mergeAll();
    const right = await summary(dayOf(noon));
    await traffic.rows(`delete from aggregate_bucket where tier = 0 and status = 3`);
    await traffic.rows(`update aggregate_bucket set messages = messages + 5 where tier = 0 and status = 5`);
    await traffic.rows(`update aggregate_bucket set charged = 0 where tier = 2`);
    traffic.clock.time = noon + 10 * DAY;
    const found = await recount.goOn();
    expect(found.money).toBe(1);
    expect(found.quarters).toBe(3);
    await mergeAll();
    await recount.align(Math.floor(noon / DAY) * DAY, Math.floor(noon / DAY) * DAY + DAY);
    expect(await summary(dayOf(noon))).toEqual(right);
    expect(await summary({ ...dayOf(noon), groupBy: 'hour' })).toMatchObject({ totals: right.totals });
    expect((await recount.recount({ from: noon - HOUR - 7 * MINUTE, to: noon + HOUR - 7 * MINUTE })).drifted).toBe(0);
    expect(await recount.goOn()).toMatchObject({ quarters: 0, tiers: 0, money: 0 });
  });

  it('is exact while messages change and deltas are merged', async () => {
    const busy = new Database({ url: traffic.url, connections: 3, name: 'busy' });
    const sending = { done: false };
    const merging = (async () => {
      while (!sending.done) await mergeAggregates(busy, 7);
    })();
    const counting = (async () => {
      let drifted = 0;
      const from = noon - 7 * MINUTE;
      while (!sending.done) drifted += (await recount.recount({ from, to: from + 15 * MINUTE })).drifted;
      return drifted;
    })();
    for (let round = 0; round < 30; round += 1) {
      const sent = await traffic.send(numbers(5));
      await traffic.answer(
        sent,
        sent.numbers.map(() => ({ kind: 'accepted' as const, uid: uid() })),
      );
    }
    sending.done = true;
    await merging;
    expect(await counting).toBe(0);
    await busy.close();
    expect((await summary(dayOf(noon))).totals).toMatchObject({ messages: 150, counts: { submitted: 150 } });
  });
});

function csvOf(view: SummaryView, groupBy: readonly SummaryDimension[]): string[] {
  return summaryCsv(view, groupBy).trimEnd().split('\r\n');
}

function hourOffset(timeZone: string, at: number): number {
  const parts = new Intl.DateTimeFormat('sv', { timeZone, dateStyle: 'short', timeStyle: 'medium' }).format(at);
  return Date.parse(`${parts.replace(' ', 'T')}Z`) - at;
}
