import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';

import type { ApiLoadCommands } from '../programs/api-load.js';
import type { StubCommands } from '../programs/uip-stub.js';
import type { RawPipelineCommands } from '../references/raw-pipeline.js';
import { assertSame, readCounts } from '../support/counts.js';
import { type Environment, withClient } from '../support/environment.js';
import { API_KEY, Gateway } from '../support/gateway.js';
import { measure, type Sample } from '../support/measure.js';
import { Program } from '../support/program.js';
import { type Bench, type Row, type RowResult, runPairs } from '../support/row.js';
import { tlsPaths } from '../support/tls.js';

const RECIPIENTS = 10_000;
const CONNECTIONS = 4;
/** Without progress for so many milliseconds the row has failed. */
const PATIENCE = 30_000;

/** The programs that the row needs, running. */
interface Parts {
  readonly environment: Environment;
  readonly databaseUrl: string;
  readonly uipUrl: string;
  readonly gateway: Gateway;
  readonly load: Program<ApiLoadCommands>;
  readonly stub: Program<StubCommands>;
  readonly raw: Program<RawPipelineCommands>;
}

async function run(bench: Bench): Promise<RowResult> {
  const parts = await start(bench);
  const { gateway, environment, raw } = parts;
  const messages = bench.quick ? 100_000 : 300_000;
  try {
    const sides = await runPairs(bench, {
      product: () => send(parts, messages),
      references: [
        {
          name: 'bare statements, same stub',
          measure: () =>
            measure(environment.foreign, { pipeline: raw.pid, postgres: environment.postgres.pid }, async () => ({
              units: messages,
              seconds: await raw.call('run', { messages }),
            })),
        },
      ],
    });
    return {
      number: bulk.number,
      name: bulk.name,
      figure: `bulk, 200 a packet, ${messages} SMS until the ANSWER is stored`,
      unit: 'SMS/s',
      ...sides,
      memory: gateway.memory(),
      notes: [`${RECIPIENTS} recipients a request; the roles api and worker, one process each`],
    };
  } finally {
    await Promise.all([parts.load.stop(), raw.stop(), gateway.stop()]);
    await parts.stub.stop();
  }
}

async function start({ environment, profile }: Bench): Promise<Parts> {
  const { certificates } = environment;
  const databaseUrl = await environment.createDatabase('bulk');
  const rawUrl = await environment.createDatabase('bulk_raw');
  const stub = Program.start<StubCommands>('programs/uip-stub');
  const raw = Program.start<RawPipelineCommands>('references/raw-pipeline');
  const load = Program.start<ApiLoadCommands>('programs/api-load');
  const uipUrl = await stub.call('listen', { tls: tlsPaths(certificates, certificates.platform), remember: false });
  const tls = tlsPaths(certificates, certificates.gatewayClient);
  await raw.call('prepare', { databaseUrl: rawUrl, uipUrl, tls });
  const gateway = new Gateway(environment, { databaseUrl, uipUrl, profile });
  await gateway.start('api', 'worker');
  return { environment, databaseUrl, uipUrl, gateway, load, stub, raw };
}

async function send({ environment, databaseUrl, gateway, load, stub }: Parts, messages: number): Promise<Sample> {
  const apiUrl = await gateway.url('api');
  const requests = messages / RECIPIENTS;
  await load.call('prepare', { apiUrl, apiKey: API_KEY, requests, recipients: RECIPIENTS });
  const before = await stub.call('counts', undefined);
  return withClient(databaseUrl, async (client) => {
    const { messages: earlier } = await readCounts(client);
    const parties = { ...gateway.pids, postgres: environment.postgres.pid };
    const sample = await measure(environment.foreign, parties, async () => {
      await load.call('run', { connections: CONNECTIONS });
      await untilStored(client, stub, before.numbers + messages);
      return { units: messages };
    });
    const sent = (await stub.call('counts', undefined)).numbers - before.numbers;
    assertSame('bulk', { accepted: messages, sent });
    await check(client, earlier + messages);
    return sample;
  });
}

/** Waits until the platform has seen all numbers and the queue is empty. */
async function untilStored(client: Client, stub: Program<StubCommands>, numbers: number): Promise<void> {
  let seen = -1;
  let progressAt = performance.now();
  for (;;) {
    const { numbers: now } = await stub.call('counts', undefined);
    if (now !== seen) progressAt = performance.now();
    seen = now;
    if (now >= numbers) {
      const { rowCount } = await client.query('select 1 from packet limit 1');
      if (rowCount === 0) return;
    }
    if (performance.now() - progressAt > PATIENCE)
      throw new Error(`the platform has seen ${now} of ${numbers} numbers`);
    await delay(5);
  }
}

async function check(client: Client, accepted: number): Promise<void> {
  const { promised, messages, submitted, attempted, uids, queued, doubts, ...money } = await readCounts(client);
  assertSame('bulk', { accepted, promised, stored: messages, submitted, attempted, uids });
  assertSame('bulk, left over', { expected: 0, queued, doubts });
  assertSame('bulk, money', { price: money.price, held: money.held, posted: money.posted });
  assertSame('bulk, ledger', { expected: 0, otherEntries: money.otherEntries, drift: money.drift });
}

/** Row 3: the main job in bulk, from REST to a stored ANSWER, against the same by bare statements. */
export const bulk: Row = { number: 3, name: 'bulk', run };
