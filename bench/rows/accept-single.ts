import type { ApiLoadCommands } from '../programs/api-load.js';
import type { GraphileCommands } from '../references/graphile.js';
import { hasKannel, Kannel, type KannelTraffic, NO_KANNEL } from '../references/kannel.js';
import { checkAccepted } from '../support/counts.js';
import { API_KEY, Gateway } from '../support/gateway.js';
import { measure } from '../support/measure.js';
import { Program } from '../support/program.js';
import { type Bench, type ReferenceRun, type Row, type RowResult, runPairs } from '../support/row.js';

const CONNECTIONS = 64;
const KANNEL = { recipients: 1, connections: CONNECTIONS, until: 'accepted' } as const;
/** The worker does not run; nothing is sent. */
const NOWHERE = 'https://127.0.0.1:9/dave/io';

async function run(bench: Bench): Promise<RowResult> {
  const { environment, quick } = bench;
  const requests = quick ? 5_000 : 20_000;
  const databaseUrl = await environment.createDatabase('accept_single');
  const gateway = new Gateway(environment, { databaseUrl, uipUrl: NOWHERE, profile: bench.profile });
  const load = Program.start<ApiLoadCommands>('programs/api-load');
  const graphile = Program.start<GraphileCommands>('references/graphile');
  const kannel = hasKannel() ? await Kannel.start(environment.directory) : undefined;
  try {
    await graphile.call('prepare', { databaseUrl: await environment.createDatabase('accept_single_graphile') });
    await gateway.start('api');
    const apiUrl = await gateway.url('api');
    let accepted = 0;
    const product = async () => {
      await load.call('prepare', { apiUrl, apiKey: API_KEY, requests, recipients: 1, first: accepted });
      const parties = { ...gateway.pids, postgres: environment.postgres.pid };
      const sample = await measure(environment.foreign, parties, async () => {
        const { seconds, latency } = await load.call('run', { connections: CONNECTIONS });
        return { units: requests, seconds, latency };
      });
      accepted += requests;
      await checkAccepted(databaseUrl, accepted);
      return sample;
    };
    const kannelReference = (traffic: KannelTraffic): ReferenceRun[] =>
      kannel === undefined
        ? []
        : [
            {
              name: 'Kannel, store of files, no sync',
              bar: 0.5,
              aim: 1.2,
              measure: () => kannel.measure(environment, load, traffic),
            },
          ];
    const sides = await runPairs(bench, {
      product,
      references: [
        {
          name: 'graphile-worker addJob, 24 at once',
          bar: 2.5,
          aim: 8,
          measure: async () => {
            await graphile.call('clear', undefined);
            return measure(
              environment.foreign,
              { graphile: graphile.pid, postgres: environment.postgres.pid },
              async () => ({ units: requests, ...(await graphile.call('add', { jobs: requests })) }),
            );
          },
        },
        ...kannelReference({ ...KANNEL, messages: requests }),
      ],
    });
    return {
      number: acceptSingle.number,
      name: acceptSingle.name,
      figure: `accept, 1 recipient a request, ${CONNECTIONS} connections`,
      unit: 'messages/s',
      ...sides,
      memory: gateway.memory(),
      notes: ['the role api alone', ...(kannel === undefined ? [NO_KANNEL] : [])],
    };
  } finally {
    await Promise.all([load.stop(), graphile.stop(), gateway.stop(), kannel?.stop()]);
  }
}

/** Row 2: how fast single messages are taken in, against a queue in PostgreSQL and against a gateway that never syncs. */
export const acceptSingle: Row = { number: 2, name: 'accept-single', run };
