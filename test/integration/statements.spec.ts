import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { Client } from 'pg';

import { runAudit } from '../../scripts/audit/audit.js';
import type { JsonClient } from '../../scripts/sandbox/json-client.js';
import { parseAmount } from '../../src/billing/domain/money.js';
import { CLOSING_MARGIN, StatementClosing } from '../../src/billing/statements/statement-closing.service.js';
import type { StatementSummaryView, StatementView } from '../../src/billing/statements/statement.view.js';
import type { UsageView } from '../../src/billing/usage/usage.view.js';
import { rollUpLedger } from '../../src/database/statements/ledger-rollup.js';
import { ReportApplier } from '../../src/reporting/report-applier.service.js';
import { ReportLocator } from '../../src/reporting/report-locator.service.js';
import { ReportWriter } from '../../src/reporting/report-writer.js';
import { uuidv7 } from '../../src/uuid.js';
import { auditFaults } from '../support/audit.js';
import { eventually } from '../support/eventually.js';
import { GatewayApi } from '../support/gateway-api.js';
import { GatewayTraffic, type Sent } from '../support/gateway-traffic.js';
import { SeededRandom } from '../support/seeded-random.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const logger = pino({ level: 'silent' });

let traffic: GatewayTraffic;
let api: GatewayApi;
let client: JsonClient;
let operator: JsonClient;
let closing: StatementClosing;
let serial = 0;

beforeEach(async () => {
  traffic = await GatewayTraffic.create();
  closing = new StatementClosing(traffic.database, traffic.clock, logger);
  api = await GatewayApi.start(traffic);
  client = api.client(await api.key('one', ['billing:read']));
  operator = api.client(await api.key('books', ['billing:read', 'admin']));
});
afterEach(async () => {
  await api.stop();
  await traffic.drop();
});

const at = (text: string): number => Date.parse(text);
const numbers = (count: number): string[] => Array.from({ length: count }, () => String(60_000_000 + serial++));

/** Sends messages that are accepted at once. */
async function charge(time: number, count: number, segments = 1): Promise<Sent> {
  traffic.clock.time = time;
  const sent = await traffic.send(numbers(count), { segments });
  await traffic.answer(
    sent,
    sent.numbers.map((number) => ({ kind: 'accepted', uid: `U${number}` })),
  );
  return sent;
}

/** Reports one state of the first message of what was sent. */
async function report(time: number, sent: Sent, state: number): Promise<void> {
  traffic.clock.time = time;
  await new ReportWriter(traffic.database).store([traffic.report(sent, `U${sent.numbers[0] ?? ''}`, state)]);
  const applier = new ReportApplier(traffic.database, new ReportLocator(traffic.secrets), traffic.clock, logger);
  await applier.apply(100);
}

/** The present, for the API. */
async function setPresent(time: number): Promise<void> {
  traffic.clock.time = time;
  await traffic.rows(`update sandbox_clock set offset_ms = ${time - Date.now()}`);
  // Has its process read it.
  await operator.expect(200, 'POST', '/v1/sandbox/clock/advance', { json: { by: '0s' } });
}

const rollUp = (): Promise<number> => rollUpLedger(traffic.database, 10_000);
const audit = async (): Promise<string[]> => auditFaults(await runAudit({ gateway: traffic.url }));
const statement = (month: string, query: Record<string, string> = {}): Promise<StatementView> =>
  client.expect(200, 'GET', `/v1/billing/statements/${month}`, { query });
const usage = (query: Record<string, string>): Promise<UsageView> =>
  client.expect(200, 'GET', '/v1/billing/usage', { query });
const linesOf = ({ lines, corrections }: StatementView) =>
  [...lines, ...corrections].map(({ month, country, route, charged, credited, exact }) => [
    month,
    country,
    route,
    charged,
    credited,
    exact.amount,
  ]);
const YEAR = { from: '2030-06-01T00:00:00Z', to: '2031-06-01T00:00:00Z' };

async function closeAt(time: number): Promise<string[]> {
  await setPresent(time);
  return closing.closeDue();
}

describe('usage', () => {
  it('is what the ledger has spent, by app, country, route and day of a zone, rolled up or not', async () => {
    // 23:00 and 01:00 in Hong Kong.
    await charge(at('2030-12-10T15:00:00Z'), 2, 3);
    const sent = await charge(at('2030-12-10T17:00:00Z'), 5);
    await report(at('2030-12-11T17:00:00Z'), sent, 60);
    const ask = () => usage({ ...YEAR, groupBy: 'day,app,country,route', timeZone: 'Asia/Hong_Kong' });
    const fresh = await ask();
    expect(fresh.items).toEqual([
      {
        day: '2030-12-10',
        app: 'one',
        country: 852,
        route: 'R1',
        segments: 6,
        cost: { amount: '2.10', currency: 'HKD' },
      },
      {
        day: '2030-12-11',
        app: 'one',
        country: 852,
        route: 'R1',
        segments: 5,
        cost: { amount: '1.75', currency: 'HKD' },
      },
      {
        day: '2030-12-12',
        app: 'one',
        country: 852,
        route: 'R1',
        segments: -1,
        cost: { amount: '-0.35', currency: 'HKD' },
      },
    ]);
    expect(fresh.totals).toEqual([{ segments: 10, cost: { amount: '3.50', currency: 'HKD' } }]);
    expect(await rollUp()).toBe(3);
    expect(await ask()).toEqual(fresh);
    const byDay = (await usage({ ...YEAR, groupBy: 'day' })).items;
    expect(byDay.map(({ day, segments }) => [day, segments])).toEqual([
      ['2030-12-10', 11],
      ['2030-12-11', -1],
    ]);
    const whole = await usage({ from: '2030-12-10T15:00:00Z', to: '2030-12-10T15:15:00Z' });
    expect(whole.items).toEqual([{ segments: 6, cost: { amount: '2.10', currency: 'HKD' } }]);
    expect(await audit()).toEqual([]);
  });

  it('is of the own app, and of any or all for who keeps the books', async () => {
    const other = api.client(await api.key('two', ['billing:read']));
    const keeper = api.client(await api.key('keeper', ['billing:read', 'billing:manage']));
    await charge(at('2030-12-10T15:00:00Z'), 2);
    const ask = (from: JsonClient, query: object) =>
      from.call<UsageView>('GET', '/v1/billing/usage', { query: { ...YEAR, ...query } });
    expect((await ask(other, {})).body.items).toEqual([]);
    expect((await ask(other, { app: 'two' })).status).toBe(200);
    expect(await ask(other, { app: 'one' })).toMatchObject({ status: 403, body: { code: 'insufficient_scope' } });
    expect(await ask(keeper, { app: 'nobody' })).toMatchObject({ status: 404, body: { code: 'app_not_found' } });
    expect((await ask(keeper, { app: 'two' })).body.items).toEqual([]);
    expect((await ask(keeper, { groupBy: 'app' })).body.items).toMatchObject([{ app: 'one', segments: 2 }]);
  });

  it('is CSV for who prefers that', async () => {
    const sent = await charge(at('2030-12-10T15:00:00Z'), 1);
    await report(at('2030-12-11T15:00:00Z'), sent, 60);
    const { text, headers } = await client.call('GET', '/v1/billing/usage', {
      query: { ...YEAR, groupBy: 'day' },
      headers: { accept: 'text/csv' },
    });
    expect(headers['content-type']).toMatch(/^text\/csv/);
    expect(text).toBe('day,segments,cost,currency\r\n2030-12-10,1,0.35,HKD\r\n2030-12-11,-1,-0.35,HKD\r\n');
  });
});

describe('a month', () => {
  it('is one of UTC+8, to the millisecond', async () => {
    await charge(at('2030-11-30T15:59:59.999Z'), 1);
    await charge(at('2030-11-30T16:00:00.000Z'), 2);
    await charge(at('2030-12-31T15:59:59.999Z'), 4);
    await charge(at('2030-12-31T16:00:00.000Z'), 8);
    for (const [month, segments] of [
      ['2030-11', 1],
      ['2030-12', 6],
      ['2031-01', 8],
    ] as const) {
      const { status, lines, totals } = await statement(month);
      expect([month, status, lines.map(({ quantity }) => quantity)]).toEqual([month, 'open', [segments]]);
      expect(totals).toHaveLength(1);
    }
    // Each opens with what is before it, closed or not.
    expect((await statement('2031-01')).totals[0]).toMatchObject({
      opening: { amount: '2.45' },
      exact: { amount: '2.80' },
      closing: { amount: '5.25' },
    });
  });

  it('is closed when it has been over for an hour, once, and never changes again', async () => {
    const sent = await charge(at('2030-12-10T15:00:00Z'), 3);
    await charge(at('2030-12-31T15:59:59.999Z'), 1);
    const end = at('2030-12-31T16:00:00Z');
    expect(await closeAt(end + CLOSING_MARGIN - 1)).toEqual([]);
    const preview = await statement('2030-12');
    expect(preview.status).toBe('open');
    expect(await closeAt(end + CLOSING_MARGIN)).toEqual(['2030-12']);
    expect(await closeAt(end + DAY)).toEqual([]);
    const closed = await statement('2030-12');
    const news = { status: 'closed', closedAt: '2030-12-31T17:00:00.000Z' };
    expect(closed).toEqual(Object.assign(preview, news));
    await report(end + DAY, sent, 60);
    await rollUp();
    expect(await statement('2030-12')).toEqual(closed);
    for (const table of [
      'billing_closed_month',
      'billing_statement',
      'billing_statement_total',
      'billing_statement_line',
    ]) {
      await expect(traffic.rows(`delete from ${table}`)).rejects.toThrow(/append-only/);
      await expect(traffic.rows(`update ${table} set month = month`)).rejects.toThrow(/append-only/);
      await expect(traffic.rows(`truncate ${table} cascade`)).rejects.toThrow(/append-only/);
    }
    expect(await audit()).toEqual([]);
  });

  it('gets the news of earlier months as corrections that name them', async () => {
    // Held in November, posted in December; charged in November, given back in December.
    traffic.clock.time = at('2030-11-29T00:00:00Z');
    const late = await traffic.send(numbers(2));
    const rejected = await charge(at('2030-11-29T01:00:00Z'), 4);
    traffic.clock.time = at('2030-12-02T00:00:00Z');
    await traffic.answer(
      late,
      late.numbers.map((number) => ({ kind: 'accepted', uid: `U${number}` })),
    );
    await report(at('2030-12-03T00:00:00Z'), rejected, 60);
    await charge(at('2030-12-04T00:00:00Z'), 1);
    expect(await closeAt(at('2031-01-02T00:00:00Z'))).toEqual(['2030-11', '2030-12']);
    expect(linesOf(await statement('2030-11'))).toEqual([['2030-11', 852, 'R1', 4, 0, '1.40']]);
    const december = await statement('2030-12');
    expect(december.lines).toHaveLength(1);
    expect(
      december.corrections.map(({ month, charged, credited, quantity }) => [month, charged, credited, quantity]),
    ).toEqual([['2030-11', 2, 1, 1]]);
    expect(december.totals).toEqual([
      {
        currency: 'HKD',
        opening: { amount: '1.40', currency: 'HKD' },
        charges: { amount: '0.35', currency: 'HKD' },
        corrections: { amount: '0.35', currency: 'HKD' },
        exact: { amount: '0.70', currency: 'HKD' },
        rounded: { amount: '0.70', currency: 'HKD' },
        remainder: { amount: '0.00', currency: 'HKD' },
        closing: { amount: '2.10', currency: 'HKD' },
        held: { amount: '0.00', currency: 'HKD' },
      },
    ]);
    expect(await audit()).toEqual([]);
  });

  it('leaves out nothing that was committed late: it is in the next one, as a correction', async () => {
    await charge(at('2030-12-10T00:00:00Z'), 1);
    const slow = new Client({ connectionString: traffic.url });
    await slow.connect();
    try {
      await slow.query('begin');
      // An entry of December whose transaction is still open when December is closed.
      await slow.query(
        `insert into ledger_entry select $1, at, app_id, price_id, quantity, kind, from_account, to_account, currency, amount,
           source_id, ordinal from ledger_entry where kind = 'post'`,
        [uuidv7(Date.now(), randomBytes(10))],
      );
      expect(await closeAt(at('2031-01-01T00:00:00Z'))).toEqual(['2030-12']);
      await slow.query('commit');
    } finally {
      await slow.end();
    }
    expect(linesOf(await statement('2030-12'))).toEqual([['2030-12', 852, 'R1', 1, 0, '0.35']]);
    const late = [['2030-12', 852, 'R1', 1, 0, '0.35']];
    expect(linesOf(await statement('2031-01'))).toEqual(late);
    await rollUp();
    const january = await statement('2031-01');
    expect([january.lines.length, linesOf(january)]).toEqual([0, late]);
  });

  it('rounds fractions of the minor unit once, on the line, and shows what is left', async () => {
    const { submissionId } = await charge(at('2030-12-10T00:00:00Z'), 1);
    for (const [currency, price, quantity] of [
      ['JPY', '2.5', 1],
      ['KRW', '11.25', 3],
      ['USD', '0.0575', 3],
    ] as const) {
      await traffic.rows(
        `with priced as (
           insert into price (country_code, currency, per_segment, version, valid_from, author)
           values (852, $1, $2::numeric, 1, now(), 'test') returning id)
         insert into ledger_entry (id, at, app_id, price_id, quantity, kind, from_account, to_account, currency, amount, source_id)
         select $3::uuid, '2030-12-10', ${traffic.appId}, id, $4::bigint, 'post', 'held', 'spent', $1, $2::numeric * $4::bigint, $5::uuid from priced`,
        [currency, price, uuidv7(Date.now(), randomBytes(10)), quantity, submissionId],
      );
    }
    expect(await closeAt(at('2031-01-02T00:00:00Z'))).toEqual(['2030-12']);
    const { totals } = await statement('2030-12');
    expect(
      totals.map(({ currency, exact, rounded, remainder }) => [
        currency,
        exact.amount,
        rounded.amount,
        remainder.amount,
      ]),
    ).toEqual([
      ['HKD', '0.35', '0.35', '0.00'],
      ['JPY', '2.5', '2', '0.5'],
      ['KRW', '33.75', '34', '-0.25'],
      ['USD', '0.1725', '0.17', '0.0025'],
    ]);
    const { text, headers } = await client.call('GET', '/v1/billing/statements/2030-12.csv');
    expect(headers['content-disposition']).toBe('attachment; filename=statement-2030-12.csv');
    expect(text.split('\r\n')).toEqual([
      'kind,app,statement,status,month,country,route,price_version,unit_price,charged,credited,quantity,exact,rounded,remainder,currency',
      'charge,one,2030-12,closed,2030-12,852,R1,1,0.35,1,0,1,0.35,0.35,0.00,HKD',
      'charge,one,2030-12,closed,2030-12,852,R1,1,2.5,1,0,1,2.5,2,0.5,JPY',
      'charge,one,2030-12,closed,2030-12,852,R1,1,11.25,3,0,3,33.75,34,-0.25,KRW',
      'charge,one,2030-12,closed,2030-12,852,R1,1,0.0575,3,0,3,0.1725,0.17,0.0025,USD',
      'total,one,2030-12,closed,,,,,,,,,0.35,0.35,0.00,HKD',
      'total,one,2030-12,closed,,,,,,,,,2.5,2,0.5,JPY',
      'total,one,2030-12,closed,,,,,,,,,33.75,34,-0.25,KRW',
      'total,one,2030-12,closed,,,,,,,,,0.1725,0.17,0.0025,USD',
      '',
    ]);
    const named = await client.call('GET', '/v1/billing/statements/2030-12', { query: { format: 'csv' } });
    const preferred = await client.call('GET', '/v1/billing/statements/2030-12', { headers: { accept: 'text/csv' } });
    expect([named.text, preferred.text]).toEqual([text, text]);
    const found = (await audit()).filter((fault) => /^(usage|rolled|statement|closed)/.test(fault));
    expect(found).toEqual([]);
  });

  it('is closed whole or not at all, also when the closing is killed', async () => {
    await charge(at('2030-12-10T00:00:00Z'), 2);
    const gate = new Client({ connectionString: traffic.url });
    await gate.connect();
    try {
      await gate.query('begin');
      await gate.query('lock table billing_statement_line in share mode');
      const end = closeAt(at('2031-01-02T00:00:00Z')).then(
        () => 'closed',
        () => 'broken off',
      );
      await eventually(async () => {
        const rows = await traffic.rows(
          `select pg_terminate_backend(pid) from pg_stat_activity
           where datname = current_database() and wait_event_type = 'Lock' and query like '%into billing_statement_line%'`,
        );
        expect(rows).toHaveLength(1);
      });
      expect(await end).toBe('broken off');
      await gate.query('rollback');
    } finally {
      await gate.end();
    }
    expect(await traffic.rows('select from billing_closed_month union all select from billing_statement')).toEqual([]);
    expect((await statement('2030-12')).status).toBe('open');
    expect(await closing.closeDue()).toEqual(['2030-12']);
    expect(linesOf(await statement('2030-12'))).toEqual([['2030-12', 852, 'R1', 2, 0, '0.70']]);
    expect(await audit()).toEqual([]);
  });

  it('is closed by one of several workers', async () => {
    await charge(at('2030-12-10T00:00:00Z'), 2);
    traffic.clock.time = at('2031-02-02T00:00:00Z');
    const closers = Array.from({ length: 3 }, () => new StatementClosing(traffic.database, traffic.clock, logger));
    const closed = await Promise.all(closers.map((closer) => closer.closeDue()));
    expect(closed.flat().toSorted()).toEqual(['2030-12', '2031-01']);
  });
});

describe('whatever comes when', () => {
  it('every entry is in one statement, and the statements add up to the ledger', async () => {
    const random = new SeededRandom(66);
    const start = at('2030-10-28T00:00:00Z');
    const sent: Sent[] = [];
    let time = start;
    const run = { isOver: false };
    const months: string[] = [];
    const closingAllTheTime = (async () => {
      while (!run.isOver) {
        months.push(...(await closing.closeDue()));
        await rollUp();
      }
    })();
    for (let step = 0; step < 120; step += 1) {
      time += random.below(30 * 60) * MINUTE;
      const known = sent[random.below(sent.length * 2 + 1)];
      if (known === undefined) sent.push(await charge(time, 1 + random.below(3)));
      else await report(time, known, [2, 3, 60][random.below(3)] ?? 2);
    }
    run.isOver = true;
    await closingAllTheTime;
    expect(await audit()).toEqual([]);
    months.push(...(await closeAt(time + 40 * DAY)));
    expect(months).toEqual([...new Set(months)].toSorted());
    expect(months.length).toBeGreaterThan(2);
    const statements: StatementSummaryView[] = [];
    for (let cursor: string | undefined, more = true; more;) {
      const page = await client.expect<{ items: StatementSummaryView[]; nextCursor: string | null }>(
        200,
        'GET',
        '/v1/billing/statements',
        { query: { limit: 2, cursor } },
      );
      statements.push(...page.items);
      cursor = page.nextCursor ?? undefined;
      more = page.nextCursor !== null;
    }
    // The present month, and all that are closed, the newest first.
    expect(statements.map(({ status }) => status).lastIndexOf('open')).toBe(0);
    expect(statements.slice(1).map(({ month }) => month)).toEqual(months.toReversed());
    const exact = statements.reduce((sum, { totals }) => sum + parseAmount(totals[0]?.exact.amount ?? '0'), 0n);
    const [ledger] = await traffic.rows<{ net: string }>(
      `select sum(case when to_account = 'spent' then amount when from_account = 'spent' then -amount else 0 end)::text as net
       from ledger_entry`,
    );
    expect(exact).toBe(parseAmount(ledger?.net ?? ''));
    const whole = await usage({ from: '2030-10-01T00:00:00Z', to: '2032-01-01T00:00:00Z' });
    expect(parseAmount(whole.totals[0]?.cost.amount ?? '')).toBe(exact);
    expect(await audit()).toEqual([]);
  }, 120_000);
});

describe('statements by API', () => {
  it('are refused where there is none, or it is not yours', async () => {
    await charge(at('2030-12-10T00:00:00Z'), 1);
    const ask = (path: string, query: Record<string, string> = {}) =>
      client.call('GET', `/v1/billing/statements/${path}`, { query });
    expect(await ask('2030-13')).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    expect(await ask('2030-11')).toMatchObject({ status: 404, body: { code: 'billing_statement_not_found' } });
    expect(await ask('2031-01')).toMatchObject({ status: 404, body: { code: 'billing_statement_not_found' } });
    await api.key('two', ['billing:read']);
    expect(await ask('2030-12', { app: 'two' })).toMatchObject({ status: 403, body: { code: 'insufficient_scope' } });
    const other = await operator.expect<StatementView>(200, 'GET', '/v1/billing/statements/2030-12', {
      query: { app: 'one' },
    });
    expect([other.app, other.lines.length]).toEqual(['one', 1]);
  });
});
