import { parseAmount } from '../../src/billing/domain/money.js';
import { BilledTraffic } from '../support/billed-traffic.js';
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
  for (let more = true; more;) more = await loop.round();
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
