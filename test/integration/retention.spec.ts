import { pino } from 'pino';

import type { Config } from '../../src/config/config.js';
import { loadConfig } from '../../src/config/config.js';
import { neededPartitions } from '../../src/database/partitions.js';
import { mergeAggregates } from '../../src/database/statements/aggregate-merge.js';
import { MessageListQuery } from '../../src/messaging/message-query.dto.js';
import { MessageQueryService } from '../../src/messaging/message-query.service.js';
import { AggregateRecount } from '../../src/reporting/aggregate-recount.service.js';
import { ReportApplier } from '../../src/reporting/report-applier.service.js';
import { ReportLocator } from '../../src/reporting/report-locator.service.js';
import { ReportWriter } from '../../src/reporting/report-writer.js';
import { ContentRetention } from '../../src/reporting/retention/content-retention.service.js';
import { PartitionRetention } from '../../src/reporting/retention/partition-retention.service.js';
import { ReconciledMonths } from '../../src/reporting/retention/reconciled-months.js';
import { SummaryQuery } from '../../src/reporting/summary.dto.js';
import { SummaryService } from '../../src/reporting/summary.service.js';
import { validate } from '../../src/rest/validation.pipe.js';
import { GatewayTraffic, type Sent } from '../support/gateway-traffic.js';

const DAY = 86_400_000;
const logger = pino({ level: 'silent' });
let traffic: GatewayTraffic;
let start: number;
let serial = 0;

const number = (): string => String(60_000_000 + serial++);
const uid = (): string => `UID${String(serial++).padStart(29, '0')}`;
const settings = (variables: Record<string, string> = {}): Config => loadConfig(variables, 'sandbox.json');

beforeEach(async () => {
  traffic = await GatewayTraffic.create();
  start = traffic.clock.now();
});

afterEach(() => traffic.drop());

async function delivered(msisdn = number()): Promise<Sent> {
  const sent = await traffic.send([msisdn, number()]);
  const uids = [uid(), uid()];
  await traffic.answer(
    sent,
    uids.map((value) => ({ kind: 'accepted' as const, uid: value })),
  );
  const writer = new ReportWriter(traffic.database);
  await writer.store(uids.map((value, index) => traffic.report(sent, value, 2, { msisdn: sent.numbers[index] })));
  await applyAll();
  return sent;
}

async function applyAll(): Promise<void> {
  await traffic.rows('update report_queue set due_at = now()');
  const applier = new ReportApplier(traffic.database, new ReportLocator(traffic.secrets), traffic.clock, logger);
  while ((await applier.apply(100)) > 0);
}

async function contentOf({ submissionId }: Pick<Sent, 'submissionId'>) {
  const [row] = await traffic.rows<{ text: string | null; numbers: number }>(
    `select text, (select count(msisdn)::int from message where submission_id = id) as numbers from submission where id = $1`,
    [submissionId],
  );
  return row;
}

const forgetful = (config = settings()) => new ContentRetention(traffic.database, traffic.clock, config);

describe('texts and numbers', () => {
  it('go so many days after the last message of a submission has ended, and not before', async () => {
    const done = await delivered();
    const half = await traffic.send([number(), number()]);
    await traffic.answer(half, [
      { kind: 'accepted', uid: uid() },
      { kind: 'failed', reason: 4 },
    ]);
    const waiting = { submissionId: await traffic.submit([number()], { dueAt: start + 300 * DAY }) };
    const retention = forgetful();
    expect(await retention.run()).toEqual({ texts: 0, numbers: 0, reports: 0 });

    traffic.clock.time = start + 31 * DAY;
    expect(await retention.run()).toEqual({ texts: 1, numbers: 0, reports: 0 });
    expect(await contentOf(done)).toEqual({ text: null, numbers: 2 });
    expect(await contentOf(half)).toEqual({ text: 'text', numbers: 2 });
    expect(await retention.run()).toEqual({ texts: 0, numbers: 0, reports: 0 });

    // The one that lacked a report is expired by now: its days begin again.
    await traffic.rows(`update message set status = 7, status_at = $2 where submission_id = $1 and status = 2`, [
      half.submissionId,
      new Date(start + 40 * DAY),
    ]);
    traffic.clock.time = start + 69 * DAY;
    expect((await retention.run()).texts).toBe(0);
    traffic.clock.time = start + 71 * DAY;
    expect((await retention.run()).texts).toBe(1);

    traffic.clock.time = start + 181 * DAY;
    expect(await retention.run()).toEqual({ texts: 0, numbers: 1, reports: 2 });
    expect(await contentOf(done)).toEqual({ text: null, numbers: 0 });
    traffic.clock.time = start + 221 * DAY;
    expect(await retention.run()).toEqual({ texts: 0, numbers: 1, reports: 0 });
    expect(await contentOf(waiting)).toEqual({ text: 'text', numbers: 1 });
    const kept = await traffic.rows('select from report where raw is not null or msisdn is not null');
    expect(kept).toEqual([]);
  });

  it('stay for ever where the setting says so', async () => {
    const sent = await delivered();
    traffic.clock.time = start + 4000 * DAY;
    const retention = forgetful(settings({ RETENTION_TEXT_DAYS: '0', RETENTION_NUMBER_DAYS: '0' }));
    expect(await retention.run()).toEqual({ texts: 0, numbers: 0, reports: 0 });
    expect(await contentOf(sent)).toEqual({ text: 'text', numbers: 2 });
  });

  it('leave messages to be found by number, and counted as before', async () => {
    const msisdn = number();
    const sent = await delivered(msisdn);
    const before = await summaryOf();
    traffic.clock.time = start + 200 * DAY;
    await forgetful().run();
    const queries = new MessageQueryService(traffic.database, traffic.clock, traffic.secrets, await traffic.routes());
    const { items } = await queries.list(traffic.appId, validate(MessageListQuery, { to: `+852${msisdn}` }));
    expect(items).toMatchObject([{ id: traffic.messageId(sent, 1), to: null, status: 'delivered' }]);
    expect(await summaryOf()).toEqual(before);
  });
});

async function summaryOf() {
  const period = { from: new Date(start - DAY).toISOString(), to: new Date(start + DAY).toISOString() };
  const summaries = new SummaryService(traffic.database, traffic.clock);
  const query = validate(SummaryQuery, { ...period, groupBy: 'status,country,hour' });
  return summaries.summarise(traffic.appId, query);
}

const partitions = (table: string) =>
  traffic.rows(`select inhrelid::regclass::text as name from pg_inherits where inhparent = '${table}'::regclass`);

/** The months that it is told are not. */
class Months extends ReconciledMonths {
  reconciled = true;

  isReconciled(): Promise<boolean> {
    return Promise.resolve(this.reconciled);
  }
}

describe('weeks of messages', () => {
  const months = new Months();
  /** A real time at which every partition that there is has been over for long enough. */
  const later = () => Date.now() + 500 * DAY;
  const dropping = (config = settings()) => {
    const recount = new AggregateRecount(traffic.database, traffic.clock, logger);
    return new PartitionRetention(traffic.database, traffic.clock, config, recount, months, logger);
  };

  it('go with all that belongs to them, and the ledger and the aggregates still answer', async () => {
    await delivered();
    await delivered();
    const before = await summaryOf();
    const accounts = await traffic.accounts();
    expect(before.totals).toMatchObject({ messages: 4, counts: { delivered: 4 } });
    const { partitions: dropped, kept } = await dropping().run(later());
    expect(kept).toBeUndefined();
    expect(new Set(dropped.map((name) => name.replace(/_\d+$/, '')))).toEqual(
      new Set(['submission', 'message', 'attempt', 'report', 'sms_uid']),
    );
    expect(await partitions('message')).toEqual([]);
    expect(await partitions('ledger_entry')).not.toEqual([]);
    expect(await summaryOf()).toEqual(before);
    while ((await mergeAggregates(traffic.database, 1000)) > 0);
    expect(await summaryOf()).toEqual(before);
    expect(await traffic.accounts()).toEqual(accounts);
    // The recount leaves alone what is behind the seal.
    traffic.clock.time = start + 20 * DAY;
    const recount = new AggregateRecount(traffic.database, traffic.clock, logger);
    expect(await recount.goOn()).toMatchObject({ quarters: 0, tiers: 0, money: 0 });
    expect(await summaryOf()).toEqual(before);
  });

  it('have their totals put right before they go', async () => {
    await delivered();
    while ((await mergeAggregates(traffic.database, 1000)) > 0);
    const before = await summaryOf();
    await traffic.rows('update aggregate_bucket set messages = messages + 3 where messages > 0');
    expect(await summaryOf()).not.toEqual(before);
    expect((await dropping().run(later())).kept).toBeUndefined();
    expect(await summaryOf()).toEqual(before);
  });

  it('stay while a packet, a doubt or an open message refers to them', async () => {
    // A week is sealed an hour beyond its end: in the first hour of this one, the last would be kept by what is open in it.
    const [, thisWeek] = neededPartitions({ name: 'message', by: 'week' }, Date.now());
    await dropping().run(Date.parse(thisWeek.from) + settings().retention.partitionDays * DAY);
    await delivered();
    const waiting = await traffic.submit([number()]);
    expect((await dropping().run(later())).kept).toBe('a packet refers to it');
    const sent = await traffic.claim(waiting, [number()]);
    await traffic.answer(sent, [{ kind: 'in_doubt' }], 'in_doubt');
    expect((await dropping().run(later())).kept).toBe('a doubt refers to it');
    await traffic.rows('delete from doubt');
    expect((await dropping().run(later())).kept).toBe('a message of it has not ended');
    expect(await traffic.rows('select from message')).toHaveLength(3);
  });

  it('stay while their month is not reconciled, the ledger disagrees, or the setting says for ever', async () => {
    await delivered();
    months.reconciled = false;
    expect((await dropping().run(later())).kept).toMatch(/^\d{4}-\d\d is not reconciled$/);
    months.reconciled = true;
    await traffic.rows(`update balance set amount = amount + 1 where kind = 'post'`);
    expect((await dropping().run(later())).kept).toBe('the cost of the messages is not what the ledger spent');
    const forever = dropping(settings({ RETENTION_PARTITION_DAYS: '0' }));
    expect(await forever.run(later())).toEqual({ partitions: [], kept: undefined });
    expect((await dropping().run(Date.now())).partitions).toEqual([]);
  });
});
