import type { ApiLoadCommands } from '../programs/api-load.js';
import type { StubCommands } from '../programs/uip-stub.js';
import type { GraphileCommands } from '../references/graphile.js';
import { hasKannel, Kannel, NO_KANNEL } from '../references/kannel.js';
import type { RawPipelineCommands } from '../references/raw-pipeline.js';
import { Circle } from '../support/circle.js';
import type { Environment } from '../support/environment.js';
import { measure } from '../support/measure.js';
import { Program } from '../support/program.js';
import { type Bench, type ReferenceRun, type Row, type RowResult, runPairs } from '../support/row.js';
import { tlsPaths } from '../support/tls.js';

const RECIPIENTS = 10_000;
const CONNECTIONS = 4;
const KANNEL = { recipients: 100, connections: 16, until: 'sent' } as const;

/** A reference that runs, and how it is stopped. */
interface RunningReference {
  readonly run: ReferenceRun;
  readonly stop: () => Promise<void>;
}

async function run(bench: Bench): Promise<RowResult> {
  const { environment, quick, profile } = bench;
  const messages = quick ? 100_000 : 300_000;
  const circle = await Circle.start(environment, { name: 'bulk', reports: false, profile });
  const references: RunningReference[] = [];
  try {
    references.push(await bareStatements(environment, messages), await graphile(environment, messages));
    if (hasKannel()) references.push(await kannelBulk(environment, messages));
    const sides = await runPairs(bench, {
      product: () => circle.send({ messages, recipients: RECIPIENTS, connections: CONNECTIONS }),
      references: references.map(({ run }) => run),
    });
    return {
      number: bulk.number,
      name: bulk.name,
      figure: `bulk, 200 a packet, ${messages} SMS until the ANSWER is stored`,
      unit: 'SMS/s',
      ...sides,
      memory: circle.gateway.memory(),
      notes: [
        `${RECIPIENTS} recipients a request; the roles api and worker, one process each`,
        ...(hasKannel() ? [] : [NO_KANNEL]),
      ],
    };
  } finally {
    await Promise.all([circle.stop(), ...references.map(({ stop }) => stop())]);
  }
}

async function bareStatements(environment: Environment, messages: number): Promise<RunningReference> {
  const { certificates, foreign, postgres } = environment;
  const stub = Program.start<StubCommands>('programs/uip-stub');
  const raw = Program.start<RawPipelineCommands>('references/raw-pipeline');
  const databaseUrl = await environment.createDatabase('bulk_raw');
  const uipUrl = await stub.call('listen', { tls: tlsPaths(certificates, certificates.platform) });
  await raw.call('prepare', { databaseUrl, uipUrl, tls: tlsPaths(certificates, certificates.gatewayClient) });
  return {
    run: {
      name: 'bare statements, same stub',
      measure: () =>
        measure(foreign, { pipeline: raw.pid, postgres: postgres.pid }, async () => ({
          units: messages,
          seconds: await raw.call('run', { messages }),
        })),
    },
    stop: async () => {
      await raw.stop();
      await stub.stop();
    },
  };
}

/** Its fastest: jobs added in batches beforehand, nothing done in them. */
async function graphile(environment: Environment, messages: number): Promise<RunningReference> {
  const { foreign, postgres } = environment;
  const worker = Program.start<GraphileCommands>('references/graphile');
  await worker.call('prepare', { databaseUrl: await environment.createDatabase('bulk_graphile') });
  return {
    run: {
      name: 'graphile-worker, tuned, no-op jobs out',
      bar: 1.2,
      aim: 3.5,
      measure: async () => {
        await worker.call('fill', { jobs: messages });
        return measure(foreign, { graphile: worker.pid, postgres: postgres.pid }, async () => ({
          units: messages,
          seconds: await worker.call('workOff', { jobs: messages }),
        }));
      },
    },
    stop: () => worker.stop(),
  };
}

async function kannelBulk(environment: Environment, messages: number): Promise<RunningReference> {
  const kannel = await Kannel.start(environment.directory);
  const load = Program.start<ApiLoadCommands>('programs/api-load');
  return {
    run: {
      name: 'Kannel, store of files, no sync, 100 recipients a request',
      bar: 3,
      aim: 9,
      measure: () => kannel.measure(environment, load, { ...KANNEL, messages }),
    },
    stop: async () => {
      await load.stop();
      await kannel.stop();
    },
  };
}

/** Row 3: the main job in bulk, from REST to a stored ANSWER, against the same by bare statements, and against peers. */
export const bulk: Row = { number: 3, name: 'bulk', run };
