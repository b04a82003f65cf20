import { fillMessages, FILL_DEFAULTS } from '../../scripts/fill-messages/fill.js';
import { Circle, type Traffic } from '../support/circle.js';
import { SECRETS } from '../support/gateway.js';
import type { Sample } from '../support/measure.js';
import { type Bench, type Pick, type Row, type RowResult, sidesOf, takePairs } from '../support/row.js';

const PAIRS = 7;
const DAYS = 100;

/** One kind of traffic, as another row measures it. */
interface Kind {
  readonly figure: string;
  readonly reports: boolean;
  readonly traffic: Traffic;
}

const cpuOf: Pick = ({ cpu }: Sample) => Object.values(cpu).reduce((sum, microseconds) => sum + microseconds, 0);

async function run(bench: Bench): Promise<RowResult[]> {
  const stored = bench.quick ? 300_000 : 10_000_000;
  const full = await databaseWith(bench, stored);
  const empty = await databaseWith(bench, 0);
  const kinds: Kind[] = [
    {
      figure: 'bulk (row 3)',
      reports: false,
      traffic: { messages: bench.quick ? 50_000 : 200_000, recipients: 10_000, connections: 4 },
    },
    {
      figure: 'full circle (row 4)',
      reports: true,
      traffic: { messages: bench.quick ? 10_000 : 30_000, recipients: 100, connections: 16 },
    },
  ];
  const results: RowResult[] = [];
  for (const kind of kinds) results.push(await compare(bench, kind, stored, { full, empty }));
  return results;
}

/** A database as the gateway makes it, with so many messages of the last hundred days. */
async function databaseWith({ environment, progress }: Bench, messages: number): Promise<string> {
  const circle = await Circle.start(environment, { name: `stored_${messages}`, reports: false });
  await circle.stop();
  if (messages === 0) return circle.databaseUrl;
  progress(`storing ${messages} messages`);
  await fillMessages({
    ...FILL_DEFAULTS,
    url: circle.databaseUrl,
    secrets: SECRETS,
    messages,
    days: DAYS,
    until: Date.now(),
    onDay: (days) => {
      if (days % 10 === 0) progress(`${days} of ${DAYS} days`);
    },
  });
  return circle.databaseUrl;
}

async function compare(
  bench: Bench,
  { figure, reports, traffic }: Kind,
  stored: number,
  urls: { readonly full: string; readonly empty: string },
): Promise<RowResult> {
  const { environment } = bench;
  const full = await Circle.start(environment, { name: '', reports, databaseUrl: urls.full });
  const empty = await Circle.start(environment, { name: '', reports, databaseUrl: urls.empty });
  try {
    const pairs = await takePairs(
      { ...bench, pairs: bench.quick ? bench.pairs : PAIRS },
      {
        product: () => full.send(traffic),
        references: [{ name: 'the same, empty', bar: 1.1, aim: 1, measure: () => empty.send(traffic) }],
      },
    );
    return {
      number: storedRow.number,
      name: storedRow.name,
      figure: `${figure}: CPU of all processes with ${stored} messages stored`,
      unit: 'µs',
      better: 'lower',
      ...sidesOf(pairs, cpuOf),
      memory: full.gateway.memory(),
      notes: [`${DAYS} days, delivery reports and ledger with them`],
    };
  } finally {
    await Promise.all([full.stop(), empty.stop()]);
  }
}

/** Row 7: that work does not grow with what is stored. */
export const storedRow: Row = { number: 7, name: 'stored', run };
