import path from 'node:path';

import { HostileRun } from './hostile-run.js';

const LONG = process.env.TEST_SIZE === 'long';
const SEED = Number(process.env.TEST_SEED ?? 20260301);
const MAIN = path.resolve('dist/src/main.js');

it(
  'a hostile platform, and workers that are killed and stalled: nothing lost, nothing twice, nothing charged wrongly',
  async () => {
    const run = new HostileRun({ seed: SEED, size: LONG ? 10_000 : 1_000, main: MAIN, mishaps: LONG ? 30 : 6 });
    try {
      expect({ faults: await run.run(), of: run.summary }).toMatchObject({ faults: [] });
    } finally {
      await run.cleanUp();
    }
  },
  LONG ? 900_000 : 360_000,
);
