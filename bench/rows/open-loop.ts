import type { ApiLoadCommands, OpenLoadResult } from '../programs/api-load.js';
import type { StubCommands } from '../programs/uip-stub.js';
import type { ExpressEchoCommands } from '../references/express-echo.js';
import { assertSame, readCounts } from '../support/counts.js';
import { type Environment, withClient } from '../support/environment.js';
import { API_KEY, Gateway } from '../support/gateway.js';
import { measure, type Parties, type Sample } from '../support/measure.js';
import { Program } from '../support/program.js';
import { type Bench, type Goal, type Pick, type Row, type RowResult, sidesOf, takePairs } from '../support/row.js';
import { benchNumber } from '../support/sandbox.js';
import { type Latency, latencyOf } from '../support/stats.js';
import { tlsPaths } from '../support/tls.js';
import { until, untilEmpty } from '../support/until.js';

const RATE = 500;

interface Parts {
  readonly environment: Environment;
  readonly databaseUrl: string;
  readonly gateway: Gateway;
  readonly stub: Program<StubCommands>;
  readonly load: Program<ApiLoadCommands>;
  readonly echo: Program<ExpressEchoCommands>;
}

async function run(bench: Bench): Promise<RowResult[]> {
  const parts = await start(bench);
  const { gateway, load, echo, stub } = parts;
  const requests = RATE * (bench.quick ? 10 : 30);
  const arrivals: Latency[] = [];
  let sent = 0;
  try {
    const apiUrl = await gateway.url('api');
    const echoUrl = await echo.call('listen', undefined);
    const pairs = await takePairs(bench, {
      product: async () => {
        const { sample, sentAt } = await sendSteadily(parts, apiUrl, sent, requests);
        arrivals.push(await arrivalLatency(parts, sentAt, sent));
        sent += requests;
        await check(parts, sent);
        return sample;
      },
      references: [
        {
          name: `p99 of a bare Express echo at the same rate`,
          measure: async () => (await sendSteadily(parts, echoUrl, sent, requests)).sample,
        },
      ],
    });
    const p99: Pick = ({ latency }) => latency?.p99 ?? Number.NaN;
    const measured = arrivals.slice(1);
    const arrived = {
      ...pairs,
      product: pairs.product.map((sample, pair) => ({ ...sample, latency: measured[pair] })),
    };
    const line = (figure: string, ours: typeof pairs, pick: Pick, goal: Goal, notes: readonly string[]): RowResult => {
      const { product, references } = sidesOf(ours, pick, p99);
      return {
        number: openLoop.number,
        name: openLoop.name,
        figure: `${RATE} one-time passwords/s, open loop: ${figure}`,
        unit: 'ms',
        better: 'lower',
        product,
        references: references.map((reference) => ({ ...reference, ...goal })),
        memory: gateway.memory(),
        notes,
      };
    };
    return [
      line('POST → 202, p99', pairs, p99, { bar: 6, aim: 3 }, [
        'the roles api and worker, one process each; lane high',
      ]),
      line('POST → platform, p50', arrived, ({ latency }) => latency?.p50 ?? Number.NaN, { bar: 2, aim: 1 }, []),
      line('POST → platform, p99', arrived, p99, { bar: 6, aim: 3 }, []),
    ];
  } finally {
    await Promise.all([load.stop(), echo.stop(), gateway.stop()]);
    await stub.stop();
  }
}

async function start({ environment, profile }: Bench): Promise<Parts> {
  const { certificates } = environment;
  const databaseUrl = await environment.createDatabase('open_loop');
  const stub = Program.start<StubCommands>('programs/uip-stub');
  const tls = tlsPaths(certificates, certificates.platform);
  const uipUrl = await stub.call('listen', { tls, remember: 'arrivals' });
  const gateway = new Gateway(environment, { databaseUrl, uipUrl, profile });
  await gateway.start('api', 'worker');
  return {
    environment,
    databaseUrl,
    gateway,
    stub,
    load: Program.start<ApiLoadCommands>('programs/api-load'),
    echo: Program.start<ExpressEchoCommands>('references/express-echo'),
  };
}

/** One second of requests after the other, whatever becomes of them. */
async function sendSteadily(
  { environment, gateway, load, echo }: Parts,
  apiUrl: string,
  first: number,
  requests: number,
): Promise<{ sample: Sample; sentAt: readonly number[] }> {
  await load.call('prepare', { apiUrl, apiKey: API_KEY, requests, recipients: 1, first, unique: true, urgent: true });
  const parties: Parties = { ...gateway.pids, echo: echo.pid, postgres: environment.postgres.pid };
  let result: OpenLoadResult = { latencies: [], sentAt: [] };
  const sample = await measure(environment.foreign, parties, async () => {
    result = await load.call('runOpen', { rate: RATE });
    return { units: requests, latency: latencyOf(result.latencies) };
  });
  return { sample, sentAt: result.sentAt };
}

/** From the request's first byte to the packet's arrival at the platform, both on this machine's clock. */
async function arrivalLatency({ stub }: Parts, sentAt: readonly number[], first: number): Promise<Latency> {
  const seen = async () => (await stub.call('counts', undefined)).numbers;
  await until('the platform', seen, first + sentAt.length);
  const arrivals = await stub.call('arrivals', undefined);
  return latencyOf(sentAt.map((at, index) => arrivals[benchNumber(first + index)] - at));
}

async function check({ databaseUrl, stub }: Parts, accepted: number): Promise<void> {
  await withClient(databaseUrl, async (client) => {
    await untilEmpty(client, 'packet');
    const { messages, submitted, uids, price, held, posted, drift } = await readCounts(client);
    const { numbers } = await stub.call('counts', undefined);
    assertSame('open loop', { accepted, messages, sent: numbers, submitted, uids });
    assertSame('open loop, money', { price, held, posted });
    assertSame('open loop, ledger', { expected: 0, drift });
  });
}

/** Row 8: how long a login service waits for its code, at a steady rate. */
export const openLoop: Row = { number: 8, name: 'open-loop', run };
