import { Logger, makeWorkerUtils, run, type WorkerUtils } from 'graphile-worker';
import { Pool } from 'pg';

import { serve } from '../support/program.js';
import { type Latency, latencyOf } from '../support/stats.js';

/** As graphile-worker's page on performance tunes it. */
const CONCURRENT_JOBS = 24;
const TUNED = { localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 };
/** `addJob` calls under way at once. */
const ADDING = 24;
const TASK = 'send';
const BATCH = 10_000;
/** By default it writes a line a job. */
const SILENT = new Logger(() => () => undefined);

interface Prepared {
  readonly pool: Pool;
  readonly utils: WorkerUtils;
}

let prepared: Prepared | undefined;

function ready(): Prepared {
  if (prepared === undefined) throw new Error('not prepared');
  return prepared;
}

/** What a message is as a job. */
const payload = (index: number): object => ({
  to: `+852${60_000_000 + index}`,
  text: 'Your order has left our house.',
});

const commands = {
  /** Makes graphile-worker's tables and connections. */
  async prepare({ databaseUrl }: { databaseUrl: string }): Promise<void> {
    const pool = new Pool({ connectionString: databaseUrl, max: CONCURRENT_JOBS + 1 });
    const utils = await makeWorkerUtils({ pgPool: pool, logger: SILENT });
    await utils.migrate();
    prepared = { pool, utils };
  },

  /** Adds jobs, one a call. */
  async add({ jobs }: { jobs: number }): Promise<{ seconds: number; latency: Latency }> {
    const { utils } = ready();
    const milliseconds: number[] = [];
    let next = 0;
    const work = async (): Promise<void> => {
      while (next < jobs) {
        const startedAt = performance.now();
        await utils.addJob(TASK, payload(next++));
        milliseconds.push(performance.now() - startedAt);
      }
    };
    const startedAt = performance.now();
    await Promise.all(Array.from({ length: ADDING }, work));
    return { seconds: (performance.now() - startedAt) / 1000, latency: latencyOf(milliseconds) };
  },

  /** Removes all jobs. */
  async clear(): Promise<void> {
    await ready().pool.query('truncate graphile_worker._private_jobs');
  },

  /** Adds jobs in batches. */
  async fill({ jobs }: { jobs: number }): Promise<void> {
    const { pool, utils } = ready();
    for (let first = 0; first < jobs; first += BATCH) {
      const count = Math.min(BATCH, jobs - first);
      await utils.addJobs(
        Array.from({ length: count }, (_, index) => ({ identifier: TASK, payload: payload(first + index) })),
      );
    }
    await pool.query('analyze');
  },

  /** Works off so many jobs, which are there, with a task that does nothing. @returns seconds */
  async workOff({ jobs }: { jobs: number }): Promise<number> {
    const { pool } = ready();
    let done = 0;
    let finish = (): void => undefined;
    const all = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const startedAt = performance.now();
    const runner = await run({
      preset: { worker: { concurrentJobs: CONCURRENT_JOBS, ...TUNED } },
      pgPool: pool,
      logger: SILENT,
      noHandleSignals: true,
      taskList: {
        [TASK]: () => {
          done += 1;
          if (done === jobs) finish();
        },
      },
    });
    await all;
    // Its jobs are done when their completion is stored, which stopping waits for.
    await runner.stop();
    return (performance.now() - startedAt) / 1000;
  },
};

export type GraphileCommands = typeof commands;

serve(commands);
