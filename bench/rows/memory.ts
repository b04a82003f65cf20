import type { ApiLoadCommands } from '../programs/api-load.js';
import { Circle } from '../support/circle.js';
import { assertSame, readCounts } from '../support/counts.js';
import { type Environment, withClient } from '../support/environment.js';
import { API_KEY, Gateway } from '../support/gateway.js';
import { Program } from '../support/program.js';
import type { Bench, Row, RowResult, Side } from '../support/row.js';
import { spreadOf } from '../support/stats.js';

const RECIPIENTS = 10_000;
const CONNECTIONS = 4;
/** Nobody listens there: the platform is down. */
const NOWHERE = 'https://127.0.0.1:9/dave/io';
const MEGABYTE = 1e6;

/** A value that is measured once: memory is no rate. */
const once = (name: string, value: number): Side => ({
  name,
  value: spreadOf([value]),
  cpu: {},
  harness: Number.NaN,
  latency: undefined,
});

const sum = (values: Readonly<Record<string, number>>): number =>
  Object.values(values).reduce((total, value) => total + value, 0) / MEGABYTE;

async function run(bench: Bench): Promise<RowResult[]> {
  const { environment, quick } = bench;
  return [
    await afterTraffic(bench, quick ? 300_000 : 1_500_000),
    await withBacklog(environment, quick ? 200_000 : 1_000_000),
  ];
}

/** Resident memory after so many SMS, against that after the first 200,000 (or a third, where there are few). */
async function afterTraffic({ environment, progress }: Bench, messages: number): Promise<RowResult> {
  const circle = await Circle.start(environment, { name: 'memory', reports: false });
  const traffic = { recipients: RECIPIENTS, connections: CONNECTIONS };
  const first = Math.min(200_000, messages / 3);
  try {
    await circle.send({ ...traffic, messages: first });
    const early = circle.gateway.memory();
    for (let sent = first; sent < messages;) {
      const more = Math.min(first, messages - sent);
      await circle.send({ ...traffic, messages: more });
      sent += more;
      progress(`after ${sent} SMS: ${Math.round(sum(circle.gateway.memory()))} MB`);
    }
    const late = circle.gateway.memory();
    const reference = once(`after ${first} SMS`, sum(early));
    return {
      number: memory.number,
      name: memory.name,
      figure: `resident memory of api and worker after ${messages} SMS`,
      unit: 'MB',
      better: 'lower',
      product: once('product', sum(late)),
      references: [{ ...reference, ratio: spreadOf([sum(late) / sum(early)]), bar: 1.15, aim: 1.05 }],
      memory: late,
      notes: [],
    };
  } finally {
    await circle.stop();
  }
}

/** How much api and worker grow by a backlog, while the platform is down. */
async function withBacklog(environment: Environment, messages: number): Promise<RowResult> {
  const databaseUrl = await environment.createDatabase('memory_backlog');
  const gateway = new Gateway(environment, { databaseUrl, uipUrl: NOWHERE });
  const load = Program.start<ApiLoadCommands>('programs/api-load');
  try {
    await gateway.start('api', 'worker');
    const apiUrl = await gateway.url('api');
    const accept = async (count: number, first: number): Promise<void> => {
      const requests = count / RECIPIENTS;
      await load.call('prepare', { apiUrl, apiKey: API_KEY, requests, recipients: RECIPIENTS, first });
      await load.call('run', { connections: CONNECTIONS });
    };
    // The code is compiled and the heap has its usual size before it counts.
    const warmUp = messages / 5;
    await accept(warmUp, 0);
    const before = sum(gateway.memory());
    await accept(messages, warmUp);
    const after = gateway.memory();
    const counts = await withClient(databaseUrl, readCounts);
    assertSame('backlog', { accepted: messages + warmUp, stored: counts.messages, queued: counts.queued });
    return {
      number: memory.number,
      name: memory.name,
      figure: `growth by a backlog of ${messages} SMS, the platform being down`,
      unit: 'MB',
      better: 'lower',
      product: once('product', sum(after) - before),
      goal: { bar: 64, aim: 32 },
      references: [],
      memory: after,
      notes: [],
    };
  } finally {
    await Promise.all([load.stop(), gateway.stop()]);
  }
}

/** Row 9: that memory does not follow the traffic. */
export const memory: Row = { number: 9, name: 'memory', run };
