import { Circle } from '../support/circle.js';
import { type Bench, type Row, type RowResult, runPairs } from '../support/row.js';

const TRAFFIC = { recipients: 100, connections: 32 } as const;

/** Counts in both circles are checked message by message: what was sent is what was accepted, no number twice. */
async function run(bench: Bench): Promise<RowResult> {
  const { environment, quick, profile } = bench;
  const traffic = { ...TRAFFIC, messages: quick ? 20_000 : 40_000 };
  const two = await Circle.start(environment, { name: 'two_processes', reports: true, processes: 2, profile });
  const one = await Circle.start(environment, { name: 'one_process', reports: true });
  try {
    const sides = await runPairs(bench, {
      product: () => two.send(traffic),
      references: [{ name: 'one process of each role', bar: 0.9, measure: () => one.send(traffic) }],
    });
    return {
      number: twoProcesses.number,
      name: twoProcesses.name,
      figure: 'full circle, two processes of each role on one PostgreSQL',
      unit: 'SMS/s',
      ...sides,
      memory: two.gateway.memory(),
      notes: [`${TRAFFIC.recipients} recipients a request; each number reached the platform once`],
    };
  } finally {
    await Promise.all([two.stop(), one.stop()]);
  }
}

/** Row 11: that processes share the work without standing in each other's way. */
export const twoProcesses: Row = { number: 11, name: 'two-processes', run };
