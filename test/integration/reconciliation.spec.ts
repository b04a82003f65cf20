import { parseAmount } from '../../src/billing/domain/money.js';
import type { DecidedView } from '../../src/reconciliation/runs/run.dto.js';
import { DatabaseReconciledMonths } from '../../src/reconciliation/database-reconciled-months.js';
import { ReconciliationJob } from '../../src/reconciliation/runs/reconciliation.job.js';
import { BilledTraffic } from '../support/billed-traffic.js';
import { mergeAggregates } from '../../src/database/statements/aggregate-merge.js';
import { Database } from '../../src/database/database.js';
import { eventually } from '../support/eventually.js';
import { GatewayApi } from '../support/gateway-api.js';
import { GatewayTraffic } from '../support/gateway-traffic.js';
import { makeRunLoop, ReconciliationClient } from '../support/reconciliation.js';
import { SeededRandom } from '../support/seeded-random.js';
import { StatementMutator } from '../support/statement-mutator.js';
import type { DifferenceView, MoneyView } from '../support/reconciliation.js';

const MESSAGES = process.env.TEST_SIZE === 'long' ? 100_000 : 5_000;
const PLANTED = 20;
const HOUR = 3_600_000;
const MONTH_START = Date.UTC(2026, 9, 1) - 8 * HOUR;
const MONTH_END = Date.UTC(2026, 10, 1) - 8 * HOUR;

let gateway: GatewayTraffic;
let billed: BilledTraffic;
let api: GatewayApi;
let client: ReconciliationClient;
let october: string;

const units = ({ amount }: MoneyView): bigint => parseAmount(amount);
const work = async () => {
  const loop = makeRunLoop(gateway);
  // A stretch that took too long on a busy machine is repeated after a while.
  await eventually(async () => {
    for (let more = true; more;) more = await loop.round();
    expect(await gateway.rows(`select from reconciliation_run where state in ('queued', 'running')`)).toEqual([]);
  });
};
const reconcile = async (text: string, query = '?period=2026-10') => {
  const { status, body } = await client.upload(text, query);
  expect([status, body]).toEqual([201, expect.objectContaining({ repeated: false })]);
  const id = await client.ask(body.id);
  await work();
  return { id, run: await client.run(id) };
};

beforeAll(async () => {
  gateway = await GatewayTraffic.create();
  const seed = new SeededRandom(71);
  billed = await BilledTraffic.create(gateway, {
    month: '2026-10',
    messages: MESSAGES,
    edges: PLANTED / 2,
    doubts: PLANTED,
    seed,
  });
  api = await GatewayApi.start(gateway);
  client = new ReconciliationClient(api.url, await api.key('finance', ['reconciliation:manage']));
  october = await billed.export('2026-10');
}, 600_000);

afterAll(async () => {
  await client.close();
  await api.stop();
  await billed.drop();
  await gateway.drop();
});

/** What a difference is told apart by. */
const signature = (cause: string, place: string, amount: bigint, currency: string, counter: string): string =>
  [cause, place, amount, currency, counter].join(' ');

function signatureOf(difference: DifferenceView): string {
  const { cause, amount, counterAmount, billed: theirs, ours } = difference;
  const place = theirs === null ? `message ${ours?.messageId}` : `line ${theirs.line}`;
  const counter = counterAmount === null ? '' : `${units(counterAmount)} ${counterAmount.currency}`;
  return signature(cause, place, units(amount), amount.currency, counter);
}

it('is sound to begin with: the books of the traffic that is billed here agree', async () => {
  expect(await gateway.accounts()).toMatchObject({ spent: expect.any(Number) });
});

describe('a bill with every cause planted in it', () => {
  let mutator: StatementMutator;
  let id: string;
  let differences: DifferenceView[];

  beforeAll(async () => {
    const inMonth = billed.sms.filter(({ acceptedAt }) => acceptedAt >= MONTH_START && acceptedAt < MONTH_END);
    const early = billed.sms.filter(
      ({ acceptedAt }) => acceptedAt >= MONTH_START && acceptedAt < MONTH_START + 8 * HOUR,
    );
    const late = billed.sms.filter(({ acceptedAt }) => acceptedAt >= MONTH_END);
    const doubts = inMonth.filter(({ doubt }) => doubt !== undefined);
    const skip = new Set([...early, ...doubts].map(({ uid }) => uid));
    mutator = new StatementMutator(october, new SeededRandom(72), skip);
    mutator.noteDoubts(new Set(doubts.map(({ uid }) => uid)));
    mutator.plantAll(PLANTED);
    mutator.moveToPrevious(early.map(({ uid }) => uid));
    mutator.addFromNext(
      await billed.export('2026-11'),
      late.map(({ uid }) => uid),
    );
    const { id: runId, run } = await reconcile(mutator.text());
    expect(run).toMatchObject({ state: 'done', progress: 1, balanced: true });
    id = runId;
    differences = await client.differences(id);
  }, 600_000);

  it('finds and names each of them, prices it to the last digit, and finds nothing else', () => {
    const messageOf = new Map(billed.sms.map(({ uid, messageId }) => [uid, messageId]));
    const expected = mutator.planted.map(({ cause, uid, amount, currency, counter, row }) =>
      signature(
        cause,
        row === undefined ? `message ${messageOf.get(uid)}` : `line ${mutator.lineOf(row)}`,
        amount,
        currency,
        counter === undefined ? '' : `${counter.amount} ${counter.currency}`,
      ),
    );
    expect(differences.map(signatureOf).toSorted()).toEqual(expected.toSorted());
    for (const cause of new Set(mutator.planted.map(({ cause }) => cause)))
      expect(mutator.planted.filter((planted) => planted.cause === cause).length).toBeGreaterThanOrEqual(PLANTED);
  });

  it('explains every unit between the bill and the ledger', async () => {
    const { totals } = await client.run(id);
    for (const { billed: bill, ours, explained, unexplained } of totals) {
      expect(units(bill)).toBe(mutator.billed().get(bill.currency) ?? 0n);
      expect(units(bill) - units(ours)).toBe(units(explained));
      expect(units(unexplained)).toBe(0n);
      const sum = differences.reduce(
        (sum, { amount, counterAmount }) =>
          sum +
          (amount.currency === bill.currency ? units(amount) : 0n) +
          (counterAmount?.currency === bill.currency ? units(counterAmount) : 0n),
        0n,
      );
      expect(sum).toBe(units(explained));
    }
    const [{ spent }] = await gateway.rows<{ spent: string }>(
      `select sum(case when to_account = 'spent' then amount else -amount end)::text as spent from ledger_entry
       where 'spent' in (from_account, to_account) and at >= $1 and at < $2`,
      [new Date(MONTH_START), new Date(MONTH_END)],
    );
    expect(totals.find(({ ours }) => ours.currency === 'HKD')?.ours.amount).toBe(
      spent.replace(/(\.\d\d\d*?)0*$/, '$1'),
    );
  });
});

describe('a bill without a fault', () => {
  it('has no difference but the doubts that it resolves', async () => {
    const { id, run } = await reconcile(october);
    expect(run).toMatchObject({
      state: 'done',
      balanced: true,
      proposals: { open: PLANTED, approved: 0, rejected: 0 },
    });
    const differences = await client.differences(id);
    expect(new Set(differences.map(({ cause }) => cause))).toEqual(new Set(['doubt_resolved']));
    expect(await client.differences(id, '&cause=state')).toEqual([]);
    expect(await client.differences(id, '&open=true')).toHaveLength(PLANTED);
  });

  it('is recognised when it comes twice, one after the other and at once, and stored once', async () => {
    const before = await gateway.rows('select count(*)::int as rows from provider_statement_row');
    const again = await client.upload(october, '?name=again');
    expect([again.status, again.body]).toEqual([201, expect.objectContaining({ repeated: true, name: '' })]);
    expect(await gateway.rows('select count(*)::int as rows from provider_statement_row')).toEqual(before);
    const other = `${october.trimEnd()}\n`.replace(/\n[^\n]+\n$/, '\n');
    const both = await Promise.all([client.upload(other), client.upload(other)]);
    expect(both.filter(({ body }) => body.repeated)).toHaveLength(1);
    expect(new Set(both.map(({ body }) => body.id)).size).toBe(1);
    expect(await gateway.rows(`select state from provider_statement where state <> 'loaded'`)).toEqual([]);
  });

  it('answers a repeated Idempotency-Key with the same bytes, and refuses it for another file', async () => {
    const [one, other] = [october.replace(/\n[^\n]+\n$/, '\n\n'), october.split('\n').slice(0, 2).join('\n')];
    const key = { 'idempotency-key': 'upload-1' };
    const first = await client.upload(one, '', key);
    expect(await client.upload(one, '', key)).toEqual(first);
    expect((await client.upload(other, '', key)).body).toMatchObject({ code: 'idempotency_key_reused' });
  });

  it('comes by another provider’s format all the same', async () => {
    const { status } = await client.post('mappings', {
      name: 'acme',
      columns: {
        smsUid: 'Message ID',
        acceptedAt: 'Date',
        number: 'To',
        segments: 'Parts',
        amount: 'Charge',
        state: 'Status',
      },
      delimiter: ';',
      timeFormat: 'DD.MM.YYYY HH:mm:ss',
      timeZone: 'Europe/Berlin',
      decimalMark: ',',
      currency: 'HKD',
      states: { DELIVRD: 2, EXPIRED: 3, UNDELIV: 5, UNKNOWN: 7, ENROUTE: 9 },
    });
    expect(status).toBe(201);
    const names: Record<string, string> = { 2: 'DELIVRD', 3: 'EXPIRED', 5: 'UNDELIV', 7: 'UNKNOWN', 9: 'ENROUTE' };
    const rows = october
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => line.split(','));
    const foreign = rows
      .filter(([, , , , , , , , state]) => state !== '60')
      .map(([uid, at = '', country, number, segments, , amount = '', , state = '']) => {
        // Berlin was two hours ahead of UTC until the 25th of October 2026, 01:00 UTC, one hour from then on.
        const time = Date.parse(`${at.replace(' ', 'T')}+08:00`);
        const local = new Date(time + (time < Date.UTC(2026, 9, 25, 1) ? 2 : 1) * HOUR).toISOString();
        const date = `${local.slice(8, 10)}.${local.slice(5, 7)}.${local.slice(0, 4)} ${local.slice(11, 19)}`;
        return [uid, `"${date}"`, `+${country} ${number}`, segments, amount.replace('.', ','), names[state]].join(';');
      });
    const text = `\ufeffMessage ID;Date;To;Parts;Charge;Status\r\n${foreign.join('\r\n')}\r\n`;
    const { id, run } = await reconcile(text, '?mapping=acme&period=2026-10');
    expect(run).toMatchObject({ balanced: true });
    const differences = await client.differences(id);
    // Of the hour that there is twice the earlier one is meant: a doubt within it may be out of reach of its row.
    expect(new Set(differences.map(({ cause }) => cause))).toEqual(new Set(['doubt_resolved']));
    expect(differences).toHaveLength(PLANTED);
  });
});

describe('a file that can not be read', () => {
  const faulty = async (text: string, query = '') => {
    const { status, body } = await client.upload(text, query);
    const problem = body as unknown as { code: string; errors: { field: string; rule: string }[] };
    return { status, code: problem.code, fields: problem.errors.map(({ field, rule }) => `${field}: ${rule}`) };
  };
  const lines = () => {
    const [header = '', ...rows] = october.split('\n');
    return { header, rows };
  };

  it.each([
    ['nothing', () => '', ['line 1: must name the columns']],
    ['a first line alone', () => lines().header, ['line 2: must be a row']],
    ['another first line', () => 'a,b\n1,2\n', expect.arrayContaining(['line 1: must have a column sms_uid'])],
    [
      'rows with faults, each of which is told with its line',
      () => {
        const { header, rows } = lines();
        const fields = (rows[0] ?? '').split(',');
        const change = (index: number, value: string) =>
          fields.map((field, place) => (place === index ? value : field)).join(',');
        return [
          header,
          rows[1],
          change(0, ''),
          change(1, '2026-02-30 00:00:00'),
          '',
          change(4, '0'),
          change(6, '1e3'),
          change(7, 'XXX'),
          rows[2],
        ].join('\n');
      },
      [
        'line 3: sms_uid must be there',
        'line 4: accepted_at must be a time such as YYYY-MM-DD HH:mm:ss',
        'line 6: segments must be a number of segments',
        'line 7: amount must be a decimal number with at most 8 digits after the .',
        'line 8: currency must be a settlement currency',
      ],
    ],
    [
      'a row that is too short',
      () => `${lines().header}\n${lines().rows[0]}\nA,B\n`,
      ['line 3: must have as many fields as the first'],
    ],
    [
      'quotes that never end',
      () => `${lines().header}\n"${lines().rows[0]}\n`,
      [expect.stringContaining('must close its quotes')],
    ],
  ])('%s', async (_, text, fields) => {
    const before = await gateway.rows('select count(*)::int as rows from provider_statement_row');
    expect(await faulty(text())).toEqual({ status: 422, code: 'statement_faulty', fields });
    expect(await gateway.rows('select count(*)::int as rows from provider_statement_row')).toEqual(before);
    expect(await gateway.rows(`select state from provider_statement where state <> 'loaded'`)).toEqual([]);
  });

  it('for want of what it names', async () => {
    expect((await client.upload(october, '?mapping=none')).body).toMatchObject({ code: 'mapping_not_found' });
    expect((await client.upload(october, '?route=none')).body).toMatchObject({ code: 'unknown_route' });
    expect((await client.upload(october, '?period=2026-02-30')).body).toMatchObject({ code: 'invalid_request' });
    expect((await client.post('runs', { statement: '01900000-0000-7000-8000-000000000001' })).body).toMatchObject({
      code: 'statement_not_found',
    });
  });
});

describe('the work of a run', () => {
  const expireLease = () =>
    gateway.rows('update reconciliation_run set lease_until = now() where lease_until is not null');
  let first: string[];
  let statement: string;

  beforeAll(async () => {
    const [{ id, statement_id: statementId }] = await gateway.rows<{ id: string; statement_id: string }>(
      'select id, statement_id from reconciliation_run order by id limit 1',
    );
    statement = statementId;
    first = (await client.differences(id)).map(signatureOf).toSorted();
  });
  const signaturesOf = async (id: string) => (await client.differences(id)).map(signatureOf).toSorted();

  it('goes on where a worker stopped that died, wherever that was', async () => {
    const id = await client.ask(statement);
    expect((await client.get(`runs/${id}/differences`)).body).toMatchObject({ code: 'run_not_done' });
    let progress = 0;
    const dead = [];
    for (let worker = 0; (await client.run(id)).state !== 'done'; worker += 1) {
      const loop = makeRunLoop(gateway);
      for (let stretch = 0; stretch <= worker % 3; stretch += 1) await loop.round();
      dead.push(loop);
      await expireLease();
      const run = await client.run(id);
      expect(run.progress).toBeGreaterThanOrEqual(progress);
      ({ progress } = run);
    }
    expect(dead.length).toBeGreaterThan(4);
    expect(await signaturesOf(id)).toEqual(first);
    expect(await client.run(id)).toMatchObject({ balanced: true, progress: 1 });
    expect(await gateway.rows('select count(*)::int as left from reconciliation_item')).toEqual([{ left: 0 }]);
  });

  it('is not done twice when a worker that was taken for dead comes back', async () => {
    const id = await client.ask(statement);
    const [slow, other] = [makeRunLoop(gateway), makeRunLoop(gateway)];
    await slow.round();
    await expireLease();
    await other.round();
    await slow.round();
    for (let more = true; more;) more = await other.round();
    expect(await signaturesOf(id)).toEqual(first);
  });

  it('stands sessions that break off in the middle of a stretch', async () => {
    const id = await client.ask(statement);
    const doomed = new Database({ url: gateway.url, connections: 1, name: 'doomed' });
    const loop = makeRunLoop(gateway, doomed);
    let broken = 0;
    while ((await client.run(id)).state !== 'done') {
      const round = { isOver: false };
      // Outside of a stretch it is for the loop to bear; here nobody drives it.
      const ended = loop
        .round()
        .catch(() => true)
        .finally(() => (round.isOver = true));
      // Its session may not have begun yet.
      for (let killed = 0; broken < 5 && killed === 0 && !round.isOver; broken += killed) {
        ({ length: killed } = await gateway.rows(
          `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'doomed'`,
        ));
      }
      await ended;
      await expireLease();
    }
    expect(broken).toBeGreaterThanOrEqual(5);
    expect(await signaturesOf(id)).toEqual(first);
    await doomed.close();
  });

  it('is shared by workers: each has runs of its own', async () => {
    const ids = [await client.ask(statement), await client.ask(statement)];
    const loops = [makeRunLoop(gateway), makeRunLoop(gateway)];
    await Promise.all(
      loops.map(async (loop) => {
        for (let more = true; more;) more = await loop.round();
      }),
    );
    for (const id of ids) expect(await signaturesOf(id)).toEqual(first);
  });

  it('gives the dispute pack: every difference, both sides of it, as CSV', async () => {
    const [{ id }] = (await client.get<{ items: { id: string }[] }>('runs?limit=1')).body.items;
    const { text, headers } = await client.get(`runs/${id}/differences`, { accept: 'text/csv' });
    expect(headers['content-type']).toContain('text/csv');
    const [header, ...lines] = text.trimEnd().split('\r\n');
    expect(header).toContain('id,cause,amount,currency');
    expect(lines).toHaveLength(first.length);
    const negative = lines.filter((line) => line.split(',')[1] === 'missing_there').map((line) => line.split(',')[2]);
    expect(negative.filter((amount) => !/^-?\d+\.\d+$/.test(amount ?? ''))).toEqual([]);
    const some = await client.get(`runs/${id}/differences?cause=duplicate`, { accept: 'text/csv' });
    expect(some.text.trimEnd().split('\r\n')).toHaveLength(PLANTED + 1);
  });
});

describe('the bills beside it', () => {
  it('tell what belongs to another month from what is missing, and what is billed in both', async () => {
    const all = october.trimEnd().split('\n');
    const times = new Set([...new Set(all.map((line) => line.split(',')[1]))].slice(-2));
    const last = all.filter((line) => times.has(line.split(',')[1]));
    const without = `${all.filter((line) => !last.includes(line)).join('\n')}\n`;
    const alone = await reconcile(without, '?period=2026-10&name=alone');
    const causesOf = async (id: string) => {
      const found = (await client.differences(id)).filter(({ cause }) => cause !== 'doubt_resolved');
      return found.map(({ cause, amount }) => `${cause} ${units(amount)}`).toSorted();
    };
    const amounts = last.map(
      (line) => -parseAmount((line.split(',')[6] ?? '').replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '')),
    );
    expect(await causesOf(alone.id)).toEqual(amounts.map((amount) => `outside_period ${amount}`).toSorted());

    await client.upload(october, '?period=2026-10');
    const november = await billed.export('2026-11');
    const both = `${november.trimEnd()}\n${last.join('\n')}\n`;
    const next = await reconcile(both, '?period=2026-11');
    expect(await causesOf(next.id)).toEqual(amounts.map((amount) => `duplicate ${-amount}`).toSorted());

    await gateway.rows(
      `delete from provider_statement_row r using provider_statement s
      where s.id = r.statement_id and s.period = '2026-11' and r.line > $1`,
      [november.trimEnd().split('\n').length],
    );
    const again = await client.ask(alone.run.statementId);
    await work();
    expect(await causesOf(again)).toEqual(amounts.map((amount) => `missing_there ${amount}`).toSorted());
  });

  it('names a row whose own time lies outside of the month', async () => {
    const early = billed.sms.filter(
      ({ acceptedAt }) => acceptedAt >= MONTH_START && acceptedAt < MONTH_START + 8 * HOUR,
    );
    const mutator = new StatementMutator(october, new SeededRandom(73), new Set());
    mutator.backdate(early.map(({ uid }) => uid));
    const { id, run } = await reconcile(mutator.text());
    expect(run).toMatchObject({ balanced: true });
    const found = (await client.differences(id)).filter(({ cause }) => cause !== 'doubt_resolved').map(signatureOf);
    const expected = mutator.planted.map(({ row }) =>
      signature('outside_period', `line ${row === undefined ? 0 : mutator.lineOf(row)}`, 0n, 'HKD', ''),
    );
    expect(found.toSorted()).toEqual(expected.toSorted());
    expect(expected).toHaveLength(PLANTED / 2);
  });

  it('make a month reconciled, once they cover all of it', async () => {
    for (let more = true; more;) more = (await mergeAggregates(gateway.database, 1000)) > 0;
    const months = new DatabaseReconciledMonths(gateway.database);
    expect(await months.isReconciled('2026-10')).toBe(true);
    await gateway.rows(`update reconciliation_run set balanced = false where period = '2026-10'`);
    expect(await months.isReconciled('2026-10')).toBe(false);
    await gateway.rows(`update reconciliation_run set balanced = true where period = '2026-10'`);
    expect(await months.isReconciled('2026-08')).toBe(true);
  });

  it('are taken up by the job, each once', async () => {
    const job = new ReconciliationJob(gateway.database, gateway.clock);
    const { body } = await client.upload(`${october}\n\n`, '?name=for%20the%20job');
    await gateway.rows(`insert into provider_statement (id, uploaded_at, touched_at, state, name, lists_unbilled)
      values ('01900000-0000-7000-8000-000000000009', now(), now() - interval '1 hour', 'loading', 'broken off', true)`);
    expect(await job.run(new AbortController().signal)).toMatch(/^queued \d+ runs, removed 1 uploads/);
    expect(await job.run(new AbortController().signal)).toBe('queued 0 runs, removed 0 uploads that broke off');
    const queued = await gateway.rows('select period from reconciliation_run where statement_id = $1', [body.id]);
    expect(queued).toEqual([{ period: '2026-10' }]);
    await work();
  });
});

describe('what a run proposes', () => {
  let id: string;
  const openOf = async (cause: string) => client.differences(id, `&open=true&cause=${cause}`);
  const decide = (body: object, headers = {}) => client.post<DecidedView>(`runs/${id}/adjustments`, body, headers);
  const statusesOf = async (differences: readonly DifferenceView[]) => {
    const ids = differences.map(({ ours }) => ours?.messageId ?? '');
    return gateway.rows<{ status: number; acceptances: number; sms_state: number | null; delivery_ms: number | null }>(
      `select m.status, m.acceptances, m.sms_state, m.delivery_ms from unnest($1::text[]) as wanted (id)
       join message m on m.submission_id = (left(wanted.id, 28) || '00000000')::uuid
         and m.ordinal = ('x' || right(wanted.id, 8))::bit(32)::integer`,
      [ids],
    );
  };
  const sumOf = (differences: readonly DifferenceView[]) =>
    differences.reduce((sum, { amount }) => sum + units(amount), 0n);
  const spent = async () => BigInt(Math.round(((await gateway.accounts()).spent ?? 0) * 1e8));

  beforeAll(async () => {
    [{ id }] = await gateway.rows<{ id: string }>('select id from reconciliation_run order by id limit 1');
  });

  it('is refused by a name that says nothing, and left alone', async () => {
    expect((await decide({ decision: 'approve' })).body).toMatchObject({ code: 'invalid_request' });
    expect((await decide({ decision: 'perhaps', cause: 'state' })).body).toMatchObject({ code: 'invalid_request' });
    expect((await decide({ decision: 'approve', cause: 'segments' })).body).toEqual({ decided: 0, effective: 0 });
  });

  it('is posted on approval, once, however many approve it at once', async () => {
    const doubts = await openOf('doubt_resolved');
    expect(doubts).toHaveLength(PLANTED);
    const before = await spent();
    const [rejected, ...approved] = doubts;
    expect((await decide({ decision: 'reject', differences: [rejected?.id] })).body).toEqual({
      decided: 1,
      effective: 0,
    });
    const answers = await Promise.all([1, 2, 3].map(() => decide({ decision: 'approve', cause: 'doubt_resolved' })));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(answers.reduce((sum, { body }) => sum + body.decided, 0)).toBe(PLANTED - 1);
    expect(answers.reduce((sum, { body }) => sum + body.effective, 0)).toBe(PLANTED - 1);
    expect((await spent()) - before).toBe(sumOf(approved));
    for (const row of await statusesOf(approved))
      expect(row).toEqual({ status: 3, acceptances: 1, sms_state: 2, delivery_ms: null });
    expect(await gateway.rows('select count(*)::int as open from doubt')).toEqual([
      { open: (await statusesOf(rejected === undefined ? [] : [rejected]))[0]?.status === 1 ? 1 : 0 },
    ]);
    const kinds = await gateway.rows(
      `select distinct kind from ledger_entry where at > now() - interval '1 hour' order by kind`,
    );
    expect(kinds).toEqual([{ kind: 'correction' }, { kind: 'post' }]);
    expect(await client.run(id)).toMatchObject({ proposals: { approved: PLANTED - 1, rejected: 1 } });
  });

  it('gives back what the provider did not charge, tells the app, and says who approved', async () => {
    const states = await openOf('state');
    const free = states.filter(({ amount }) => units(amount) < 0n);
    expect(free.length).toBeGreaterThan(5);
    const before = await spent();
    const key = { 'idempotency-key': 'approve-states' };
    const body = { decision: 'approve', differences: free.map(({ id }) => id) };
    const answer = await decide(body, key);
    expect(answer.body).toEqual({ decided: free.length, effective: free.length });
    expect((await decide(body, key)).text).toBe(answer.text);
    expect((await decide(body)).body).toEqual({ decided: 0, effective: 0 });
    expect((await spent()) - before).toBe(sumOf(free));
    for (const row of await statusesOf(free)) expect(row).toMatchObject({ status: 6, sms_state: 60 });
    const [{ told }] = await gateway.rows<{ told: number }>('select sum(size)::int as told from outbox');
    expect(told).toBe(free.length + PLANTED - 1);
    const [{ audited }] = await gateway.rows<{ audited: number }>(
      `select count(*)::int as audited from audit_entry where action = 'reconciliation_run.approved' and key_id is not null`,
    );
    expect(audited).toBeGreaterThan(1);
  });

  it('leaves nothing to propose for the next run of the same bill', async () => {
    const [{ statement_id: statement }] = await gateway.rows<{ statement_id: string }>(
      'select statement_id from reconciliation_run where id = $1',
      [id],
    );
    const again = await client.ask(statement);
    await work();
    const run = await client.run(again);
    expect(run).toMatchObject({ balanced: true });
    expect(await client.differences(again, '&cause=doubt_resolved')).toHaveLength(1);
    expect((await client.differences(again, '&cause=state')).every(({ amount }) => units(amount) >= 0n)).toBe(true);
  });
});

describe('a row that is found by other ways than its SMS_UID in the period', () => {
  it('belongs to what was sent outside of the period, however long ago', async () => {
    const { body } = await client.upload(october);
    const id = await client.ask(body.id, { period: '2026-10-15' });
    await work();
    expect(await client.run(id)).toMatchObject({ balanced: true });
    const [from, to] = [Date.UTC(2026, 9, 15) - 8 * HOUR, Date.UTC(2026, 9, 16) - 8 * HOUR];
    const known = billed.sms.filter(
      ({ acceptedAt, doubt }) =>
        doubt === undefined && acceptedAt < MONTH_END && (acceptedAt < from || acceptedAt >= to),
    );
    const outside = (await client.differences(id)).filter(
      ({ cause, ours }) => cause === 'outside_period' && ours !== null,
    );
    expect(outside.length).toBeGreaterThanOrEqual(known.length);
    expect(outside.length).toBeLessThan(known.length + PLANTED);
  });

  it('is told by a raw report that nobody could apply, though its time says otherwise', async () => {
    const sms = billed.sms.filter(({ doubt }) => doubt !== undefined);
    const [open] = await gateway.rows<{ uid: string; id: string; attempt: string; digits: string; country: number }>(
      `select wanted.uid, wanted.id, a.id as attempt, m.msisdn as digits, m.country_code as country
       from unnest($1::text[], $2::text[]) as wanted (id, uid)
       join message m on m.submission_id = (left(wanted.id, 28) || '00000000')::uuid
         and m.ordinal = ('x' || right(wanted.id, 8))::bit(32)::integer
       join attempt a on a.submission_id = m.submission_id
       where m.acceptances = 0 order by wanted.id limit 1`,
      [sms.map(({ messageId }) => messageId), sms.map(({ uid }) => uid)],
    );
    if (open === undefined) throw new Error('no doubt is left');
    await gateway.rows(
      `insert into report (id, received_at, attempt_id, country_code, sms_state, foreign_body, sms_uid, msisdn)
       values ($1, now(), $2, $3, 5, true, $4, $5)`,
      [`${open.attempt.slice(0, 35)}f`, open.attempt, open.country, open.uid, open.digits],
    );
    const line = october.split('\n').find((text) => text.startsWith(open.uid)) ?? '';
    const moved = october.replace(line, line.replace(/ \d\d:/, line.includes(' 12:') ? ' 18:' : ' 12:'));
    const { id } = await reconcile(moved);
    const found = (await client.differences(id)).filter(({ ours }) => ours?.messageId === open.id);
    expect(found).toEqual([
      expect.objectContaining({ cause: 'doubt_resolved', reportedStates: [5], proposal: 'accept' }),
    ]);
  });

  it('is the second SMS of a message that was accepted twice', async () => {
    const first = billed.sms.find(
      ({ state, doubt, acceptedAt }) => state === 2 && doubt === undefined && acceptedAt < MONTH_END,
    );
    if (first === undefined) throw new Error('nothing was delivered');
    const submission = `${first.messageId.slice(0, 28)}00000000`;
    const ordinal = Number.parseInt(first.messageId.slice(28), 16);
    await gateway.rows(
      `with made as (
         insert into attempt (id, submission_id, worker_id, claimed_at, ended_at, first_ordinal, outcome, members)
         select (substr(id::text, 1, 30) || '000000')::uuid, submission_id, worker_id, claimed_at + interval '1 minute',
           ended_at + interval '1 minute', $2::integer, 1, array[$2::integer]
         from attempt where submission_id = $1 limit 1 returning id, ended_at
       ), entry as (
         insert into ledger_entry (id, at, app_id, price_id, quantity, kind, from_account, to_account, currency, amount, source_id,
           ordinal)
         select (substr(made.id::text, 1, 14) || '7fff-8fff-fffffffffff0')::uuid, made.ended_at, m.app_id, m.price_id, m.segments,
           'correction', 'available', 'spent', 'HKD', m.segments * p.per_segment, $1, $2::integer
         from made join message m on m.submission_id = $1 and m.ordinal = $2::integer join price p on p.id = m.price_id
       ), twice as (
         update message set acceptances = 2 where submission_id = $1 and ordinal = $2::integer)
       insert into acceptance (submission_id, ordinal, attempt_id, accepted_at, sms_state, sms_uid)
       select $1, $2::integer, made.id, made.ended_at, 2, 'SECOND' from made`,
      [submission, ordinal],
    );
    const line = october.split('\n').find((text) => text.startsWith(first.uid)) ?? '';
    const { id, run } = await reconcile(`${october}${line.replace(first.uid, 'SECOND')}\n`);
    expect(run).toMatchObject({ balanced: true });
    const causes = (await client.differences(id)).map(({ cause }) => cause);
    expect(causes.filter((cause) => cause !== 'doubt_resolved' && cause !== 'state')).toEqual([]);
  });
});

it('says so when the ledger and the messages disagree', async () => {
  await gateway.rows(
    `insert into ledger_entry (id, at, app_id, price_id, quantity, kind, from_account, to_account, currency, amount, source_id)
     select (substr(id::text, 1, 14) || '7fff-8fff-ffffffffffff')::uuid, claimed_at, 1, (select min(id) from price), 1, 'correction',
       'available', 'spent', 'HKD', 0.01, id
     from attempt where outcome = 1 and claimed_at > '2026-10-10Z' order by id limit 1`,
  );
  const { body } = await client.upload(october);
  const id = await client.ask(body.id);
  await work();
  const run = await client.run(id);
  expect(run).toMatchObject({ state: 'done', balanced: false });
  expect(run.totals.map(({ unexplained }) => units(unexplained))).toEqual([-1_000_000n]);
});
