import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { pino } from 'pino';

import { runAudit } from '../../scripts/audit/audit.js';
import { FILL_DEFAULTS, fillMessages } from '../../scripts/fill-messages/fill.js';
import { mergeAggregates } from '../../src/database/statements/aggregate-merge.js';
import { cancelMessage } from '../../src/database/statements/cancel.js';
import { claim } from '../../src/database/statements/claim.js';
import { giveUp } from '../../src/database/statements/give-up.js';
import { listMessages, type MessageFilter } from '../../src/database/statements/message-list.js';
import { FIND_ACCEPTANCES, lockMessagesParameters } from '../../src/database/statements/report-lock-messages.js';
import { AggregateRecount } from '../../src/reporting/aggregate-recount.service.js';
import { ReportApplier } from '../../src/reporting/report-applier.service.js';
import { ReportLocator } from '../../src/reporting/report-locator.service.js';
import { ReportWriter } from '../../src/reporting/report-writer.js';
import { SummaryQuery } from '../../src/reporting/summary.dto.js';
import { SummaryService } from '../../src/reporting/summary.service.js';
import { validate } from '../../src/rest/validation.pipe.js';
import { lowestUuidv7, uuidv7 } from '../../src/uuid.js';
import { GatewayTraffic, type Sent } from '../support/gateway-traffic.js';
import { MeteredDatabase } from '../support/metered-database.js';

const LONG = process.env.TEST_SIZE === 'long';
/** Messages stored when pages are counted, one time after the other. */
const SIZES = LONG ? [10_000, 1_000_000, 10_000_000] : [10_000, 100_000];
const DAYS = LONG ? 100 : 10;
/** Up to here pages of calls are held against those with few; what they are beyond is shown. */
const BAR = 1_000_000;
/** A limit against hanging: ten million take some twenty minutes. */
const PATIENCE = 7_200_000;
const DAY = 86_400_000;
const UNTIL = Math.floor(Date.now() / DAY) * DAY;
const PERIOD = { from: UNTIL - DAYS * DAY, to: UNTIL };
/** Rounds of each measurement. */
const ROUNDS = 3;
const COUNTRIES = [852];
const logger = pino({ level: 'silent' });

/** Where the numbers begin that a database is filled with. */
const FIRST_NUMBER = 61_000_000;

type Pages = Record<string, number>;

let traffic: GatewayTraffic;
let meter: MeteredDatabase;
/** Without the limits of the program's own connections. */
let client: Client;
let serial = 0;
/** Hot statements that read more than the messages that they name. */
const ranges = new Set<string>();
const counted: { readonly messages: number; readonly hot: Pages; readonly summaries: Pages; readonly lists: Pages }[] =
  [];

const numbers = (count: number): string[] => Array.from({ length: count }, () => String(51_000_000 + serial++));
const uid = (): string => `UID${String(serial++).padStart(29, '0')}`;
const newId = (): string => uuidv7(Date.now(), randomBytes(10));
const iso = (at: number): string => new Date(at).toISOString();

beforeAll(async () => {
  traffic = await GatewayTraffic.create();
  traffic.clock.time = Date.now();
  meter = new MeteredDatabase(traffic.url);
  client = new Client({ connectionString: traffic.url });
  await client.connect();
  let stored = 0;
  for (const [index, size] of SIZES.entries()) {
    await fillMessages({
      ...FILL_DEFAULTS,
      url: traffic.url,
      secrets: traffic.secrets,
      until: UNTIL,
      days: DAYS,
      messages: size - stored,
      seed: 1000 * (index + 1),
      apps: ['one'],
      countries: COUNTRIES,
      // As many messages a number, however many there are.
      numbers: Math.ceil(size / 20),
    });
    stored = size;
    counted.push({
      messages: size,
      hot: await hotPages(),
      summaries: await summaryPages(),
      lists: await listPages(size),
    });
  }
  // What it took, for docs/performance.md.
  if (LONG) process.stdout.write(`${JSON.stringify(counted, null, 1)}\n`);
}, PATIENCE);

afterAll(async () => {
  await client.end();
  await meter.close();
  await traffic.drop();
});

/** What the hot statements touch: of several rounds the least, which had least to look for. */
async function hotPages(): Promise<Pages> {
  // Lists and summaries are not meant.
  meter.ranges.clear();
  const rounds: Pages[] = [];
  for (let round = 0; round < ROUNDS; round += 1) rounds.push(await hotRound());
  for (const name of meter.ranges) ranges.add(name);
  const names = Object.keys(rounds[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, Math.min(...rounds.map((pages) => pages[name] ?? 0))]));
}

/** One of each hot statement, on 100 messages where it takes many. */
async function hotRound(): Promise<Pages> {
  await traffic.rows('update route set segments_per_second = 1000000, tokens = 500000');
  const metered = traffic.on(meter);
  const writer = new ReportWriter(meter);
  const applier = new ReportApplier(meter, new ReportLocator(traffic.secrets), traffic.clock, logger);
  const sent = await claimed(metered, 100);
  const uids = sent.numbers.map(uid);
  const first = meter.take();
  // A report before the answer is found by its attempt, one after it by its UID.
  await writer.store([traffic.report(sent, uids[0] ?? '', 2)]);
  await applier.apply(1000);
  const early = meter.take();
  await metered.answer(
    sent,
    uids.map((value) => ({ kind: 'accepted', uid: value })),
  );
  await writer.store(
    uids.slice(1).map((value, index) => traffic.report(sent, value, 2, { msisdn: sent.numbers[index + 1] })),
  );
  await applier.apply(1000);
  await meter.run(FIND_ACCEPTANCES, lockMessagesParameters([{ submissionId: sent.submissionId, ordinal: 1 }]));
  const reported = meter.take();

  const refused = await claimed(metered, 100);
  await metered.answer(
    refused,
    refused.numbers.map(() => ({ kind: 'failed', reason: 7 })),
  );
  const lost = await claimed(metered, 100);
  await traffic.rows(`update packet set deadline = now() - interval '1 s' where attempt_id = $1`, [lost.attemptId]);
  await giveUp(meter, traffic.clock.now());
  const waiting = await metered.submit(numbers(100));
  const message = { submissionId: waiting, ordinal: 50, appId: traffic.appId };
  await cancelMessage(meter, message, traffic.clock.now(), newId());
  // The next round's claim must not find it.
  await traffic.rows(`update packet set due_at = now() + interval '1 hour' where submission_id = $1`, [waiting]);
  const rest = meter.take();
  const pages = {
    ...rest,
    ...first,
    ...reported,
    ...Object.fromEntries(Object.entries(early).map(([name, count]) => [`${name}, early`, count])),
  };
  return Object.fromEntries(Object.entries(pages).filter(([name]) => !name.startsWith('test_')));
}

/** A submission of so many numbers that a worker has claimed. */
async function claimed(metered: GatewayTraffic, count: number): Promise<Sent> {
  const to = numbers(count);
  const submissionId = await metered.submit(to);
  const [packet] = await claim(meter, {
    workerId: newId(),
    attemptIds: [newId()],
    now: traffic.clock.now() + 1,
    window: 60_000,
    proven: [1],
    probing: [],
    keptForNormal: 0,
  });
  expect(packet?.submissionId).toBe(submissionId);
  return { submissionId, attemptId: packet?.attemptId ?? '', numbers: to };
}

const SUMMARIES = {
  'the whole period': {},
  'by day and status': { groupBy: 'day,status' },
  'by country and route, seven days': { groupBy: 'country,route', from: iso(UNTIL - 7 * DAY) },
  'by hour, one day': { groupBy: 'hour', from: iso(UNTIL - DAY) },
};

async function summaryPages(): Promise<Pages> {
  while ((await mergeAggregates(traffic.database, 5000)) === 5000);
  await traffic.rows('vacuum analyze aggregate_bucket');
  const summaries = new SummaryService(meter, traffic.clock);
  const pages: Pages = {};
  for (const [name, query] of Object.entries(SUMMARIES)) {
    const period = { from: iso(PERIOD.from), to: iso(PERIOD.to) };
    for (let round = 0; round < ROUNDS; round += 1)
      await summaries.summarise(traffic.appId, validate(SummaryQuery, { ...period, ...query }));
    pages[name] = meter.take().aggregate_summary ?? 0;
  }
  return pages;
}

async function listPages(size: number): Promise<Pages> {
  const everything: MessageFilter = {
    appId: traffic.appId,
    lowestId: lowestUuidv7(PERIOD.from),
    highestId: lowestUuidv7(PERIOD.to),
    after: undefined,
    createdFrom: undefined,
    createdTo: undefined,
    countryCode: undefined,
    routeId: undefined,
    numberHash: undefined,
    statuses: undefined,
  };
  // One of the numbers that only the last filling had, with ten messages.
  const last = Math.ceil(size / 20);
  const hashes = Array.from({ length: 500 }, (_, index) =>
    String(traffic.secrets.hashNumber(`${COUNTRIES[0]}${FIRST_NUMBER + last - 1 - index}`)),
  );
  const [number] = await traffic.rows<{ hash: string }>(
    `select hash::text from unnest($2::bigint[]) as hash
     where (select count(*) from message where app_id = $1 and number_hash = hash) = 10 limit 1`,
    [traffic.appId, hashes],
  );
  if (number === undefined) throw new Error(`no number has ten of ${size} messages`);
  const filters: Record<string, MessageFilter> = {
    'the newest': everything,
    'in the middle of the period': {
      ...everything,
      after: { submissionId: lowestUuidv7((PERIOD.from + PERIOD.to) / 2), ordinal: 1 },
    },
    'of a status that is rare': { ...everything, statuses: { stored: [8], packet: [] } },
    'of a number': { ...everything, numberHash: BigInt(number.hash) },
  };
  const pages: Pages = {};
  for (const [name, filter] of Object.entries(filters)) {
    for (let round = 0; round < ROUNDS; round += 1) {
      const { rows } = await listMessages(meter, filter, { limit: 50, budget: 20_000, now: traffic.clock.now() });
      expect(rows).toHaveLength(name === 'of a number' ? 10 : 50);
    }
    Object.assign(pages, { [name]: Object.values(meter.take())[0] });
  }
  return pages;
}

/** What has grown by more than half from one size to another. */
function grown(few: Pages, many: Pages): string[] {
  expect(Object.keys(many)).toEqual(Object.keys(few));
  return Object.entries(few).flatMap(([name, pages]) =>
    (many[name] ?? 0) > 1.5 * pages ? [`${name}: ${pages} -> ${many[name]}`] : [],
  );
}

test.each(['hot', 'lists'] as const)('pages of %s calls are at most 1.5 times those with few messages', (kind) => {
  const [few, ...more] = counted.filter(({ messages }) => messages <= BAR);
  expect(more).not.toEqual([]);
  for (const many of more) expect(grown(few?.[kind] ?? {}, many[kind])).toEqual([]);
});

test('pages of summaries do not grow once every bucket is there', () => {
  // An hour of fewer messages than it has buckets has not all of them yet.
  const [few, ...more] = counted.filter(({ messages }) => messages / DAYS >= 1000);
  expect(more).not.toEqual([]);
  for (const many of more) expect(grown(few?.summaries ?? {}, many.summaries)).toEqual([]);
});

test('no plan of a hot statement reads what lies between two messages, whatever statistics say', () => {
  expect([...ranges]).toEqual([]);
});

test('every hot statement has been looked at', () => {
  expect(Object.keys(counted[0]?.hot ?? {}).toSorted()).toEqual([
    'accept',
    'cancel',
    'claim',
    'give_up',
    'report_apply',
    'report_apply, early',
    'report_find_acceptances',
    'report_locate_by_attempt, early',
    'report_lock_messages',
    'report_lock_messages, early',
    'report_store',
    'report_store, early',
    'report_take',
    'report_take, early',
    'settle',
    'settle_accepted',
  ]);
});

test(
  'the summary is what the messages say, the recount finds no drift, and the books are right',
  async () => {
    const summary = await new SummaryService(traffic.database, traffic.clock).summarise(
      traffic.appId,
      validate(SummaryQuery, { from: iso(PERIOD.from), to: iso(PERIOD.to) }),
    );
    const { rows } = await client.query<Record<string, number>>(
      `select count(*)::int as messages, sum(segments)::int as segments, count(*) filter (where status = 3)::int as delivered,
         count(*) filter (where status = 8)::int as failed from message where created_at >= $1 and created_at < $2`,
      [iso(PERIOD.from), iso(PERIOD.to)],
    );
    const [{ messages, segments, delivered, failed } = {}] = rows;
    expect(messages).toBe(SIZES.at(-1));
    expect(summary.totals).toMatchObject({ messages, segments, counts: { delivered, failed } });
    const recount = new AggregateRecount(traffic.database, traffic.clock, logger);
    expect(await recount.recount(PERIOD)).toEqual({ messages, drifted: 0 });
    // Of ten million the auditor would take longer than all the rest.
    const { checks } = LONG ? { checks: [] } : await runAudit({ gateway: traffic.url });
    expect(checks.filter(({ found }) => found > 0)).toEqual([]);
  },
  PATIENCE,
);

test('the same seed fills with the same messages', async () => {
  const digest = async (seed: number): Promise<unknown> => {
    const other = await GatewayTraffic.create();
    try {
      const { url, secrets } = other;
      const options = {
        ...FILL_DEFAULTS,
        url,
        secrets,
        until: UNTIL,
        days: 2,
        messages: 50,
        numbers: 10,
        reports: false,
      };
      await fillMessages({ ...options, seed });
      return await other.rows(
        `select count(*)::int as count, md5(string_agg(message::text, ';' order by submission_id, ordinal)) as digest from message`,
      );
    } finally {
      await other.drop();
    }
  };
  const first = await digest(1);
  expect(await digest(1)).toEqual(first);
  expect(await digest(2)).not.toEqual(first);
});
