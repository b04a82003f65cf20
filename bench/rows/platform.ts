import type { ReportSinkCommands } from '../programs/report-sink.js';
import type { UipLoadCommands } from '../programs/uip-load.js';
import { createRawTable, rawInsert } from '../references/raw-insert.js';
import { assertSame } from '../support/counts.js';
import { type Environment, withClient } from '../support/environment.js';
import { Gateway } from '../support/gateway.js';
import { measure, type Sample } from '../support/measure.js';
import { Program } from '../support/program.js';
import { type Bench, type Row, type RowResult, runPairs } from '../support/row.js';
import { SANDBOX } from '../support/sandbox.js';
import { tlsPaths } from '../support/tls.js';
import { until } from '../support/until.js';

const PACKET = 200;
const CONNECTIONS = 16;
/** Pushes to one customer at a time that the platform makes at the most. */
const PUSHING = 32;
const [ACCOUNT] = SANDBOX.accounts;
const [ROUTE] = ACCOUNT.routes;
const HONG_KONG = { countryCode: 852, prefix: '6' };
/** Numbers that report at once; those in Hong Kong never do. */
const SINGAPORE = { countryCode: 65, prefix: '8' };

interface Parts {
  readonly environment: Environment;
  readonly databaseUrl: string;
  readonly platform: Gateway;
  readonly load: Program<UipLoadCommands>;
  readonly sink: Program<ReportSinkCommands>;
  readonly sinkUrl: string;
}

async function run(bench: Bench): Promise<RowResult[]> {
  const parts = await start(bench);
  try {
    return [await runIntake(bench, parts), await runPush(bench, parts)];
  } finally {
    await Promise.all([parts.load.stop(), parts.platform.stop()]);
    await parts.sink.stop();
  }
}

async function start({ environment, profile }: Bench): Promise<Parts> {
  const { certificates } = environment;
  const sink = Program.start<ReportSinkCommands>('programs/report-sink');
  const sinkUrl = await sink.call('listen', { tls: tlsPaths(certificates, certificates.callback) });
  const databaseUrl = await environment.createDatabase('platform');
  const sandbox = {
    accounts: [{ ...ACCOUNT, balance: '100000000', callbackUrl: sinkUrl }],
    handsets: [
      { match: '*', reports: [] },
      { match: `${SINGAPORE.countryCode}${SINGAPORE.prefix}*`, reports: [{ state: 2, after: '0s' }] },
    ],
  };
  const platform = new Gateway(environment, { databaseUrl, uipUrl: sinkUrl, sandbox, profile });
  await platform.start('platform');
  return { environment, databaseUrl, platform, sink, sinkUrl, load: Program.start('programs/uip-load') };
}

/** Sends packets, every number of which is accepted. */
async function send({ environment, platform, load }: Parts, packets: number, numbers: typeof HONG_KONG) {
  const { certificates } = environment;
  const url = await platform.url('platform');
  await load.call('prepare', { url, authKey: ACCOUNT.authKey, routeId: ROUTE.id, packets, ...numbers });
  const tls = tlsPaths(certificates, certificates.gatewayClient);
  return () => load.call('run', { tls, connections: CONNECTIONS });
}

async function runIntake(bench: Bench, parts: Parts): Promise<RowResult> {
  const { environment, platform } = parts;
  const { foreign, postgres } = environment;
  const packets = bench.quick ? 300 : 1_500;
  const units = packets * PACKET;
  let accepted = 0;
  return withClient(await environment.createDatabase('platform_raw'), async (raw) => {
    await createRawTable(raw);
    const sides = await runPairs(bench, {
      product: async () => {
        const sending = await send(parts, packets, HONG_KONG);
        const sample = await measure(foreign, { ...platform.pids, postgres: postgres.pid }, async () => {
          const { seconds, latency } = await sending();
          return { units, seconds, latency };
        });
        accepted += units;
        await checkDebits(parts, accepted);
        return sample;
      },
      references: [
        {
          name: 'raw insert, 1000 rows a statement',
          bar: 0.3,
          aim: 0.6,
          measure: () =>
            measure(foreign, { inserter: process.pid, postgres: postgres.pid }, async () => {
              await rawInsert(raw, units);
              return { units };
            }),
        },
      ],
    });
    return {
      number: platformRow.number,
      name: platformRow.name,
      figure: `platform: packets of ${PACKET} accepted, debited and stored`,
      unit: 'SMS/s',
      ...sides,
      memory: platform.memory(),
      notes: [`${CONNECTIONS} connections, mutual TLS`],
    };
  });
}

/** SMS that are stored, and how many of their price were debited; one segment each. */
const DEBITS = `
  select (select count(*)::int from sms where country_code = ${HONG_KONG.countryCode}) as stored,
    (select coalesce(-sum(d.amount), 0) / p.per_segment from ledger_entry d
     where d.kind = 'debit')::int as debited
  from price p where p.country_code = ${HONG_KONG.countryCode}`;

/** What the account was charged is the price of what was accepted. */
async function checkDebits({ databaseUrl }: Parts, accepted: number): Promise<void> {
  await withClient(databaseUrl, async (client) => {
    const { rows } = await client.query<{ stored: number; debited: number }>(DEBITS);
    assertSame('platform', { accepted, ...rows[0] });
  });
}

async function runPush(bench: Bench, parts: Parts): Promise<RowResult> {
  const { environment, platform, sink, sinkUrl, load } = parts;
  const { certificates, foreign, postgres } = environment;
  const packets = bench.quick ? 50 : 150;
  const reports = packets * PACKET;
  const sides = await runPairs(bench, {
    product: async (): Promise<Sample> => {
      const sending = await send(parts, packets, SINGAPORE);
      await sink.call('reset', undefined);
      return measure(foreign, { ...platform.pids, postgres: postgres.pid }, async () => {
        await sending();
        await until('the sink', async () => (await sink.call('counts', undefined)).taken, reports);
        return { units: reports, seconds: (await sink.call('counts', undefined)).seconds };
      });
    },
    references: [
      {
        name: 'undici client alone',
        bar: 0.5,
        aim: 0.8,
        measure: () => {
          const tls = tlsPaths(certificates, certificates.platformClient);
          return measure(foreign, { client: load.pid, postgres: postgres.pid }, async () => ({
            units: reports,
            seconds: await load.call('pushAlone', { url: sinkUrl, tls, connections: PUSHING, reports }),
          }));
        },
      },
    ],
  });
  return {
    number: platformRow.number,
    name: platformRow.name,
    figure: 'platform: reports pushed to one customer',
    unit: 'reports/s',
    ...sides,
    memory: platform.memory(),
    notes: [`${PUSHING} at a time; the CPU includes that of their acceptance`],
  };
}

/** Row 10: the other end of the wire. */
export const platformRow: Row = { number: 10, name: 'platform', run };
