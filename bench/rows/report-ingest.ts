import type { ApiLoadCommands } from '../programs/api-load.js';
import type { StubCommands } from '../programs/uip-stub.js';
import type { BareHttpsCommands } from '../references/bare-https.js';
import { assertSame, readCounts } from '../support/counts.js';
import { type Environment, withClient } from '../support/environment.js';
import { API_KEY, Gateway } from '../support/gateway.js';
import { measure, type Sample } from '../support/measure.js';
import { Program } from '../support/program.js';
import { type Bench, type Row, type RowResult, runPairs, turns } from '../support/row.js';
import { tlsPaths } from '../support/tls.js';
import { untilEmpty } from '../support/until.js';

const CONNECTIONS = 32;
const RECIPIENTS = 10_000;

/** The programs that the row needs, running. */
interface Parts {
  readonly environment: Environment;
  readonly databaseUrl: string;
  readonly gateway: Gateway;
  readonly stub: Program<StubCommands>;
  readonly echo: Program<BareHttpsCommands>;
  readonly inserting: Program<BareHttpsCommands>;
}

async function run(bench: Bench): Promise<RowResult> {
  const parts = await start(bench);
  const { environment, databaseUrl, gateway, echo, inserting } = parts;
  const reports = bench.quick ? 10_000 : 60_000;
  const all = reports * (turns(bench) + 1);
  try {
    bench.progress(`sending ${all} messages to be reported`);
    await sendMessages(parts, all);
    await gateway.start('callback');
    const callback = gateway.pids;
    const url = await gateway.url('callback');
    const certificates = environment.certificates;
    const server = tlsPaths(certificates, certificates.callback);
    const echoUrl = await echo.call('listen', { tls: server });
    const insertUrl = await inserting.call('listen', {
      tls: server,
      databaseUrl: await environment.createDatabase('report_ingest_raw'),
    });
    let pushed = 0;
    const product = async (scale: number) => {
      const count = reports * scale;
      const sample = await push(parts, { pids: callback, url, from: pushed, count });
      pushed += count;
      const { reports: stored, waitingReports } = await withClient(databaseUrl, readCounts);
      assertSame('report ingest', { reported: pushed, stored, waitingReports });
      return sample;
    };
    const other = (program: Program<BareHttpsCommands>, url: string) => () =>
      push(parts, { pids: { server: program.pid }, url, from: 0, count: reports, echo: program === echo });
    const sides = await runPairs(bench, {
      product,
      references: [
        { name: 'bare node:https, mTLS, echo', bar: 0.45, aim: 0.6, measure: other(echo, echoUrl) },
        { name: 'bare node:https, one INSERT each', bar: 1.8, aim: 2.5, measure: other(inserting, insertUrl) },
      ],
    });
    const memory = gateway.memory();
    const applied = await applyAlongside(parts, url, pushed, reports);
    return {
      number: reportIngest.number,
      name: reportIngest.name,
      figure: `report ingest, ${CONNECTIONS} connections, answered after commit`,
      unit: 'reports/s',
      ...sides,
      memory,
      notes: [
        'the role callback alone',
        `with a worker that applies them alongside, until applied: ${Math.round(applied.rate)}/s, CPU µs each: ` +
          Object.entries(applied.cpu)
            .map(([name, microseconds]) => `${name} ${microseconds.toFixed(1)}`)
            .join(', '),
      ],
    };
  } finally {
    await Promise.all([gateway.stop(), echo.stop(), inserting.stop()]);
    await parts.stub.stop();
  }
}

async function start({ environment, profile }: Bench): Promise<Parts> {
  const { certificates } = environment;
  const databaseUrl = await environment.createDatabase('report_ingest');
  const stub = Program.start<StubCommands>('programs/uip-stub');
  const uipUrl = await stub.call('listen', { tls: tlsPaths(certificates, certificates.platform), remember: 'packets' });
  return {
    environment,
    databaseUrl,
    stub,
    gateway: new Gateway(environment, { databaseUrl, uipUrl, profile }),
    echo: Program.start<BareHttpsCommands>('references/bare-https'),
    inserting: Program.start<BareHttpsCommands>('references/bare-https'),
  };
}

/** Messages that can be reported: sent and answered. */
async function sendMessages({ databaseUrl, gateway }: Parts, messages: number): Promise<void> {
  const load = Program.start<ApiLoadCommands>('programs/api-load');
  try {
    await gateway.start('api', 'worker');
    const apiUrl = await gateway.url('api');
    await load.call('prepare', {
      apiUrl,
      apiKey: API_KEY,
      requests: Math.ceil(messages / RECIPIENTS),
      recipients: RECIPIENTS,
    });
    await load.call('run', { connections: 4 });
    await withClient(databaseUrl, (client) => untilEmpty(client, 'packet'));
  } finally {
    await load.stop();
    await gateway.stop();
  }
}

async function push(
  { environment, stub }: Parts,
  order: { pids: Record<string, number>; url: string; from: number; count: number; echo?: boolean },
): Promise<Sample> {
  const { certificates, foreign, postgres } = environment;
  const { pids, url, from, count, echo = false } = order;
  const tls = tlsPaths(certificates, certificates.platformClient);
  return measure(foreign, { ...pids, postgres: postgres.pid }, async () => {
    const { seconds, latency } = await stub.call('push', { url, tls, connections: CONNECTIONS, from, count, echo });
    return { units: count, seconds, latency };
  });
}

/** Takes the last reports in while the worker applies them, and checks what became of all. */
async function applyAlongside(parts: Parts, url: string, from: number, count: number): Promise<Sample> {
  const { environment, databaseUrl, gateway, stub } = parts;
  const { certificates, foreign, postgres } = environment;
  await gateway.start('worker');
  return withClient(databaseUrl, async (client) => {
    await untilEmpty(client, 'report_queue');
    const tls = tlsPaths(certificates, certificates.platformClient);
    const sample = await measure(foreign, { ...gateway.pids, postgres: postgres.pid }, async () => {
      await stub.call('push', { url, tls, connections: CONNECTIONS, from, count, echo: false });
      await untilEmpty(client, 'report_queue');
      return { units: count };
    });
    const counts = await readCounts(client);
    const { delivered, reports: stored, alarms, doubts, price, held, posted } = counts;
    assertSame('reports', { reported: from + count, stored, applied: delivered });
    assertSame('reports, left over', { expected: 0, alarms, doubts, drift: counts.drift });
    assertSame('reports, money', { price, held, posted });
    return sample;
  });
}

/** Row 6: how fast delivery reports are made safe, against a server that does nothing with them. */
export const reportIngest: Row = { number: 6, name: 'report-ingest', run };
