import { units } from '../support/conformance.js';
import { eventually } from '../support/eventually.js';
import { account } from '../support/platform.js';
import { PlatformProcesses } from '../support/platform-process.js';
import type { SendAnswer } from '../support/uip-client.js';

const CLIENTS = 64;
const PACKETS = process.env.TEST_SIZE === 'long' ? 5 : 1;
const NUMBERS = 200;
const PRICES: ReadonlyMap<number, string> = new Map([
  [852, '0.35'],
  [65, '0.31'],
  [44, '0.328'],
  [81, '0.0575'],
  [1, '0.00000007'],
]);
const COUNTRIES = [...PRICES.keys()];
const LOCAL_REJECTED = 60;

/** A packet as its client knows it. */
interface Packet {
  readonly answer: SendAnswer;
  /** What each number costs, in the order of the list. */
  readonly costs: readonly bigint[];
}

/** What the reports say of a packet: the balances under which it would have ended so, and what it took. */
interface Outcome {
  readonly atLeast: bigint;
  readonly below: bigint | undefined;
  readonly taken: bigint;
}

const priceOf = (country: number): bigint => units(PRICES.get(country) ?? '0');
/** Deterministic, and different for each client and number. */
const countryAt = (client: number, index: number): number =>
  COUNTRIES[(client * 7 + index * (1 + (client % 4))) % COUNTRIES.length];

function packetOf(client: number) {
  const segments = 1 + (client % 3);
  const list = Array.from({ length: NUMBERS }, (_, index) => ({
    COUNTRY_CODE: countryAt(client, index),
    DEST_MSISDN: String(81_000_000 + client * 1000 + index),
  }));
  return {
    members: { MULTI_MSISDN_LIST: list, SMS_CONTENT: 'x'.repeat(segments === 1 ? 160 : 153 * segments) },
    costs: list.map(({ COUNTRY_CODE }) => priceOf(COUNTRY_CODE) * BigInt(segments)),
  };
}

/** Reads off the reports in which of the numbers, in the order of the list, the balance was spent. */
function outcomeOf({ answer, costs }: Packet, rejected: ReadonlySet<string>): Outcome {
  let taken = 0n;
  let atLeast = 0n;
  let below: bigint | undefined;
  answer.DETAIL_LIST.forEach(({ SMS_UID }, index) => {
    const needed = taken + costs[index];
    if (rejected.has(SMS_UID)) below = below === undefined || needed < below ? needed : below;
    else {
      atLeast = needed;
      taken = needed;
    }
  });
  return { atLeast, below, taken };
}

describe('64 clients at once on two platform processes, with a balance for part of it', () => {
  let processes: PlatformProcesses;
  const demand = Array.from({ length: CLIENTS }, (_, client) => packetOf(client).costs)
    .flat()
    .reduce((sum, cost) => sum + cost, 0n);
  const balance = (demand * BigInt(PACKETS)) / 2n;

  beforeAll(async () => {
    processes = await PlatformProcesses.prepare((callbackUrl) => ({
      accounts: [
        account({
          callbackUrl,
          balance: `${balance / 100_000_000n}.${String(balance % 100_000_000n).padStart(8, '0')}`,
          routes: [{ id: 'R', countries: COUNTRIES }],
          prices: [...PRICES].map(([countryCode, perSegment]) => ({ countryCode, perSegment })),
        }),
      ],
      handsets: [{ match: '*', reports: [{ state: 2, after: '0s' }] }],
    }));
  });
  afterAll(() => processes.cleanUp());

  it('P9-BALANCE-1 hands on and debits exactly what it covers, in the order of each list, and rejects the rest', async () => {
    const both = [await processes.start(), await processes.start()];
    const packets = await Promise.all(
      Array.from({ length: CLIENTS }, async (_, index): Promise<Packet[]> => {
        const { members, costs } = packetOf(index);
        const sent: Packet[] = [];
        for (let count = 0; count < PACKETS; count += 1)
          sent.push({ answer: await both[index % 2].client.send(members), costs });
        return sent;
      }),
    );
    const all = packets.flat();
    const uids = all.flatMap(({ answer }) => answer.DETAIL_LIST.map(({ SMS_UID }) => SMS_UID));
    expect(uids).toHaveLength(CLIENTS * PACKETS * NUMBERS);
    for (const { answer } of all) expect(answer.DETAIL_LIST.every(({ RESULT_CODE }) => RESULT_CODE === 1)).toBe(true);

    const states = await eventually(
      () => {
        const seen = new Map(
          processes.customer.reports.map((each) => [each.SMS_UID, each.SMS_RESULT_LIST[0].SMS_STATE]),
        );
        expect(seen.size).toBe(uids.length);
        return seen;
      },
      { timeout: 120_000, interval: 250 },
    );
    const rejected = new Set(uids.filter((uid) => states.get(uid) === LOCAL_REJECTED));
    expect(rejected.size).toBeGreaterThan(0);

    const outcomes = all.map((packet) => outcomeOf(packet, rejected));
    let left = balance;
    for (const { below, taken } of outcomes) if (below === undefined) left -= taken;
    expect(left).toBeGreaterThanOrEqual(0n);
    // What was not covered as a whole came after all that was: whatever order it came in, each found what the one before left.
    const partly = outcomes.flatMap((each) => (each.below === undefined ? [] : [{ ...each, below: each.below }]));
    partly.sort((one, other) => compare(other.atLeast, one.atLeast) || compare(other.below, one.below));
    for (const { atLeast, below, taken } of partly) {
      expect(left).toBeGreaterThanOrEqual(atLeast);
      expect(left).toBeLessThan(below);
      left -= taken;
    }
    const { amount } = await both[0].program.platform.balance('demo');
    expect(units(amount)).toBe(left);
  }, 180_000);
});

function compare(one: bigint, other: bigint): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
