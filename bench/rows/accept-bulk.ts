import type { ApiLoadCommands } from '../programs/api-load.js';
import { createRawTable, rawInsert } from '../references/raw-insert.js';
import { checkAccepted } from '../support/counts.js';
import { withClient } from '../support/environment.js';
import { API_KEY, Gateway } from '../support/gateway.js';
import { measure } from '../support/measure.js';
import { Program } from '../support/program.js';
import { type Bench, type Row, type RowResult, runPairs } from '../support/row.js';

const RECIPIENTS = 100;
const CONNECTIONS = 32;
/** The worker does not run; nothing is sent. */
const NOWHERE = 'https://127.0.0.1:9/dave/io';

async function run(bench: Bench): Promise<RowResult> {
  const { environment, quick } = bench;
  const requests = quick ? 1000 : 3000;
  const databaseUrl = await environment.createDatabase('accept_bulk');
  const rawUrl = await environment.createDatabase('accept_bulk_raw');
  const gateway = new Gateway(environment, { databaseUrl, uipUrl: NOWHERE, profile: bench.profile });
  const load = Program.start<ApiLoadCommands>('programs/api-load');
  try {
    await gateway.start('api');
    const apiUrl = await gateway.url('api');
    let accepted = 0;
    const product = async (scale: number) => {
      const messages = requests * scale * RECIPIENTS;
      await load.call('prepare', { apiUrl, apiKey: API_KEY, requests: requests * scale, recipients: RECIPIENTS });
      const parties = { ...gateway.pids, postgres: environment.postgres.pid };
      const sample = await measure(environment.foreign, parties, async () => {
        const { seconds, latency } = await load.call('run', { connections: CONNECTIONS });
        return { units: messages, seconds, latency };
      });
      accepted += messages;
      await checkAccepted(databaseUrl, accepted);
      return sample;
    };
    return await withClient(rawUrl, async (raw) => {
      await createRawTable(raw);
      const parties = { inserter: process.pid, postgres: environment.postgres.pid };
      const rows = requests * RECIPIENTS * 2;
      const reference = () =>
        measure(environment.foreign, parties, async () => {
          await rawInsert(raw, rows);
          return { units: rows };
        });
      const sides = await runPairs(bench, {
        product,
        references: [{ name: 'raw insert, 1000 rows a statement', bar: 0.4, aim: 0.9, measure: reference }],
      });
      return {
        number: acceptBulk.number,
        name: acceptBulk.name,
        figure: `accept, ${RECIPIENTS} recipients a request, 202 after commit`,
        unit: 'messages/s',
        ...sides,
        memory: gateway.memory(),
        notes: [`${CONNECTIONS} connections; the role api alone`],
      };
    });
  } finally {
    await load.stop();
    await gateway.stop();
  }
}

/** Row 1: how fast submissions are taken in, against what storing their messages would cost alone. */
export const acceptBulk: Row = { number: 1, name: 'accept-bulk', run };
