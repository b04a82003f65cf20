import type { ApiLoadCommands } from '../programs/api-load.js';
import type { StubCommands } from '../programs/uip-stub.js';
import { hasKannel, Kannel, NO_KANNEL } from '../references/kannel.js';
import type { NaiveCommands } from '../references/naive-service.js';
import { Circle, type Traffic } from '../support/circle.js';
import type { Environment } from '../support/environment.js';
import { measure } from '../support/measure.js';
import { Program } from '../support/program.js';
import { type Bench, type ReferenceRun, type Row, type RowResult, runPairs } from '../support/row.js';
import { tlsPaths } from '../support/tls.js';
import { until } from '../support/until.js';

const MANY = { recipients: 100, connections: 16 } as const;
const ONE = { recipients: 1, connections: 128, unique: true } as const;
/** The naive service is given less to do: it is slower by an order of magnitude. */
const NAIVE_SHARE = 20;
const REPORTING = 32;

/** A reference that runs, and how it is stopped. */
interface RunningReference {
  readonly run: ReferenceRun;
  readonly notes: () => readonly string[];
  readonly stop: () => Promise<void>;
}

/** Runs the gateway in full with a row's traffic. */
async function runCircle(
  bench: Bench,
  row: Row,
  traffic: Traffic,
  referencesOf: () => Promise<RunningReference[]>,
): Promise<Omit<RowResult, 'figure'>> {
  const { environment, profile } = bench;
  const circle = await Circle.start(environment, { name: row.name.replaceAll('-', '_'), reports: true, profile });
  const references: RunningReference[] = [];
  try {
    references.push(...(await referencesOf()));
    const sides = await runPairs(bench, {
      product: () => circle.send(traffic),
      references: references.map(({ run }) => run),
    });
    return {
      number: row.number,
      name: row.name,
      unit: 'SMS/s',
      ...sides,
      memory: circle.gateway.memory(),
      notes: [
        'the roles api, worker and callback, one process each; reports over mutual TLS, each once its SMS is answered',
        ...references.flatMap(({ notes }) => notes()),
        ...(hasKannel() ? [] : [NO_KANNEL]),
      ],
    };
  } finally {
    await Promise.all([circle.stop(), ...references.map(({ stop }) => stop())]);
  }
}

async function kannel(
  environment: Environment,
  traffic: Traffic,
  bars: { bar: number; aim: number },
): Promise<RunningReference[]> {
  if (!hasKannel()) return [];
  const running = await Kannel.start(environment.directory);
  const load = Program.start<ApiLoadCommands>('programs/api-load');
  return [
    {
      run: {
        name: 'Kannel, store of files, no sync, reports by plain HTTP',
        ...bars,
        measure: () => running.measure(environment, load, { ...traffic, until: 'reported' }),
      },
      notes: () => [],
      stop: async () => {
        await load.stop();
        await running.stop();
      },
    },
  ];
}

async function naive(environment: Environment, traffic: Traffic): Promise<RunningReference> {
  const { certificates, foreign, postgres } = environment;
  const messages = traffic.messages / NAIVE_SHARE;
  const stub = Program.start<StubCommands>('programs/uip-stub');
  const service = Program.start<NaiveCommands>('references/naive-service');
  const load = Program.start<ApiLoadCommands>('programs/api-load');
  const uipUrl = await stub.call('listen', { tls: tlsPaths(certificates, certificates.platform) });
  const { apiUrl, reportUrl } = await service.call('start', {
    databaseUrl: await environment.createDatabase('full_circle_naive'),
    uipUrl,
    server: tlsPaths(certificates, certificates.callback),
    client: tlsPaths(certificates, certificates.gatewayClient),
  });
  const tls = tlsPaths(certificates, certificates.platformClient);
  await stub.call('reportTo', { urls: [reportUrl], tls, connections: REPORTING });
  let sent = 0;
  let lost = 0;
  const once = async () => {
    const { recipients, connections } = traffic;
    await load.call('prepare', { apiUrl, apiKey: '', requests: messages / recipients, recipients });
    sent += messages;
    return measure(foreign, { service: service.pid, postgres: postgres.pid }, async () => {
      await load.call('run', { connections });
      await until('the naive service', async () => (await stub.call('counts', undefined)).reported, sent);
      return { units: messages };
    });
  };
  return {
    run: {
      name: 'naive Nest + TypeORM + axios',
      bar: 16,
      aim: 30,
      measure: async () => {
        const sample = await once();
        const stored = async (): Promise<number> => {
          const { submitted, delivered } = await service.call('counts', undefined);
          lost = submitted;
          return submitted + delivered;
        };
        // The last ANSWER may come to be stored after its report.
        await until('the naive service', stored, sent);
        return sample;
      },
    },
    notes: () => [`the naive service lost ${lost} of ${sent} reports, those that came before it had stored the ANSWER`],
    stop: async () => {
      await Promise.all([load.stop(), service.stop()]);
      await stub.stop();
    },
  };
}

async function runMany(bench: Bench): Promise<RowResult> {
  const traffic = { ...MANY, messages: bench.quick ? 20_000 : 60_000 };
  const result = await runCircle(bench, fullCircle, traffic, async () => [
    ...(await kannel(bench.environment, traffic, { bar: 1.8, aim: 3 })),
    await naive(bench.environment, traffic),
  ]);
  return { ...result, figure: `full circle, ${MANY.recipients} a request, until applied and in the aggregates` };
}

async function runSingle(bench: Bench): Promise<RowResult> {
  const traffic = { ...ONE, messages: bench.quick ? 8_000 : 15_000 };
  const result = await runCircle(bench, fullCircleSingle, traffic, () =>
    kannel(bench.environment, traffic, { bar: 0.8, aim: 1.5 }),
  );
  return { ...result, figure: `full circle, one unique text a request, ${ONE.connections} connections` };
}

/** Row 4: from REST to an applied report, against gateways that keep less. */
export const fullCircle: Row = { number: 4, name: 'full-circle', run: runMany };

/** Row 5: the same where every SMS has a text and a request of its own. */
export const fullCircleSingle: Row = { number: 5, name: 'full-circle-single', run: runSingle };
