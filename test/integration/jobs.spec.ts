import { Client } from 'pg';

import { ASK_FOR_JOB_RUN } from '../../src/database/statements/job-finish.js';
import { createTestDatabase, type TestDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { type JobWorker, PROBE_MINUTE, startJobWorker } from '../support/job-worker.js';

interface Run {
  readonly cause: string;
  readonly state: string;
  readonly outcome: string | null;
}

let database: TestDatabase;
let client: Client;
let workers: JobWorker[];

const rows = async <Row extends object>(sql: string, values: unknown[] = []): Promise<Row[]> =>
  (await client.query<Row>(sql, values)).rows;
/** Runs of the probe, the last first. */
const runsOf = (job = 'probe'): Promise<Run[]> =>
  rows<Run>('select cause, state, outcome from job_run where job = $1 order by tick desc', [job]);
const worked = (): number => workers.reduce((sum, { job }) => sum + job.runs, 0);
const settled = () => Promise.all(workers.map(({ runner }) => runner.settled()));

/** An hour has gone by, as far as the job knows. */
async function nextTick(): Promise<void> {
  await rows(
    "update job_run set tick = tick - interval '1 hour', started_at = started_at - interval '1 hour' where job = 'probe'",
  );
  await rows("update job set last_tick = last_tick - interval '1 hour' where name = 'probe'");
}

async function lookAtOnce(): Promise<void> {
  await Promise.all(workers.map(({ runner }) => runner.round()));
  await settled();
}

async function ask(job: string): Promise<void> {
  await rows(ASK_FOR_JOB_RUN, [job]);
}

beforeAll(async () => {
  database = await createTestDatabase('gateway');
  client = new Client({ connectionString: database.url });
  await client.connect();
  workers = await Promise.all([1, 2, 3].map(() => startJobWorker(database.url)));
});
beforeEach(async () => {
  await eventually(async () => {
    expect(
      await rows("select from job where name = 'probe' and running is null and last_tick is not null"),
    ).toHaveLength(1);
  });
  await settled();
});
afterAll(async () => {
  await Promise.all(workers.map(({ module }) => module.close()));
  await client.end();
  await database.drop();
});

test('three workers that start together run the tick once; so does each tick after it', async () => {
  expect(worked()).toBe(1);
  expect(await runsOf()).toEqual([{ cause: 'schedule', state: 'succeeded', outcome: 'done' }]);
  for (let tick = 2; tick <= 6; tick += 1) {
    await nextTick();
    await Promise.all([lookAtOnce(), lookAtOnce()]);
    await settled();
    expect(worked()).toBe(tick);
    expect(await runsOf()).toHaveLength(tick);
  }
});

test('ticks are the whole hours of the database that the schedule names', async () => {
  const [row] = await rows<{ minutes: number; ago: boolean }>(
    `select extract(minute from last_tick)::int + extract(second from last_tick)::int as minutes,
       now() - last_tick < interval '1 hour' and last_tick <= now() as ago from job where name = 'probe'`,
  );
  expect(row).toEqual({ minutes: PROBE_MINUTE, ago: true });
});

test('a failure is noted by its code, never by its words, and the next tick runs', async () => {
  for (const { job } of workers) job.work = () => Promise.reject(new TypeError('+85267000011 is no number'));
  await nextTick();
  await lookAtOnce();
  for (const { job } of workers) job.work = () => Promise.resolve({ text: 'odd', warning: true });
  await nextTick();
  await lookAtOnce();
  expect((await runsOf()).slice(0, 2)).toEqual([
    { cause: 'schedule', state: 'warning', outcome: 'odd' },
    { cause: 'schedule', state: 'failed', outcome: 'failed: TypeError' },
  ]);
});

test('a run whose process has died shows as crashed, and the next tick runs', async () => {
  for (const { job } of workers) job.work = () => Promise.resolve('done');
  const before = worked();
  await nextTick();
  // A worker that is no more has taken the tick a while ago, and has told nothing since.
  await rows(
    `with gone as (update job set running = last_tick + interval '1 hour', last_tick = last_tick + interval '1 hour', worker = 'gone',
       lease_until = now() + interval '1 hour' where name = 'probe' returning last_tick)
     insert into job_run (job, tick, state, started_at, worker) select 'probe', last_tick, 'running', now(), 'gone' from gone`,
  );
  await lookAtOnce();
  expect([(await runsOf())[0], worked()]).toEqual([{ cause: 'schedule', state: 'running', outcome: null }, before]);
  await rows("update job set lease_until = now() - interval '1 s' where name = 'probe'");
  await lookAtOnce();
  expect([(await runsOf())[0]?.state, worked()]).toEqual(['crashed', before]);
  await nextTick();
  await lookAtOnce();
  expect([(await runsOf()).slice(0, 2).map(({ state }) => state), worked()]).toEqual([
    ['succeeded', 'crashed'],
    before + 1,
  ]);
});

test('who asks for a run gets one, and who asks again before it has begun the same', async () => {
  const before = worked();
  await client.query('begin');
  await ask('probe');
  await ask('probe');
  await client.query('commit');
  await eventually(async () => {
    expect((await runsOf()).filter(({ cause }) => cause === 'manual')).toEqual([
      { cause: 'manual', state: 'succeeded', outcome: 'done' },
    ]);
  });
  expect(worked()).toBe(before + 1);
});

test('a job runs once at a time: what is asked for meanwhile comes after it', async () => {
  let open = (): void => undefined;
  let most = 0;
  let now = 0;
  const gate = new Promise<void>((resolve) => (open = resolve));
  for (const { job } of workers) {
    job.work = async () => {
      now += 1;
      most = Math.max(most, now);
      await gate;
      now -= 1;
      return 'done';
    };
  }
  const before = worked();
  await ask('probe');
  await eventually(() => expect(worked()).toBe(before + 1));
  await ask('probe');
  await Promise.all(workers.map(({ runner }) => runner.round()));
  expect(worked()).toBe(before + 1);
  open();
  await eventually(() => expect(worked()).toBe(before + 2));
  await settled();
  expect(most).toBe(1);
});

test('a loop can be asked for a round, and tells how it is doing', async () => {
  const before = workers.map(({ probeLoop }) => probeLoop.rounds);
  await ask('probe-loop');
  await eventually(async () => {
    expect(await runsOf('probe-loop')).toEqual([{ cause: 'manual', state: 'succeeded', outcome: 'one round' }]);
  });
  const more = workers.map(({ probeLoop }, index) => probeLoop.rounds - (before[index] ?? 0));
  expect(more.reduce((sum, rounds) => sum + rounds)).toBe(1);

  for (const { probeLoop } of workers) probeLoop.work = () => Promise.reject(new RangeError('no luck'));
  await ask('probe-loop');
  await eventually(async () => {
    expect((await runsOf('probe-loop'))[0]).toEqual({
      cause: 'manual',
      state: 'failed',
      outcome: 'failed: RangeError',
    });
  });
  await Promise.all(workers.map(({ report }) => report.look()));
  await eventually(async () => {
    expect(
      await rows(
        "select failing, failure, failures from job_worker where job = 'probe-loop' order by failing desc limit 1",
      ),
    ).toEqual([{ failing: true, failure: 'RangeError', failures: 1 }]);
  });
  for (const { probeLoop } of workers) probeLoop.work = () => Promise.resolve(false);
});

test('a run whose lease has lapsed is told to stop, and does not speak for the job any more', async () => {
  let open = (): void => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  const signals: AbortSignal[] = [];
  for (const { job } of workers) {
    job.work = async (signal) => {
      signals.push(signal);
      await gate;
      return 'too late';
    };
  }
  await ask('probe');
  await eventually(() => expect(signals).toHaveLength(1));
  // The process was stopped for longer than its lease, and another has found the run crashed.
  await rows("update job set lease_until = now() - interval '1 s' where name = 'probe'");
  await rows(
    "update job_run r set state = 'crashed' from job j where j.name = r.job and j.running = r.tick and j.name = 'probe'",
  );
  await rows("update job set running = null, worker = null, lease_until = null where name = 'probe'");
  await Promise.all(workers.map(({ runner }) => runner.round()));
  expect(signals[0]?.aborted).toBe(true);
  open();
  await settled();
  expect((await runsOf())[0]?.state).toBe('crashed');
});

test('a run that its process cuts off to stop is begun anew by another', async () => {
  const held = new Set<JobWorker>();
  for (const worker of workers) {
    worker.job.work = (signal) => {
      held.add(worker);
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(new Error('stopped')));
      });
    };
  }
  await ask('probe');
  await eventually(() => expect(held.size).toBe(1));
  const [first] = held;
  if (first === undefined) throw new Error('nobody runs it');
  for (const { job } of workers) job.work = () => Promise.resolve('done');
  await first.module.close();
  workers = workers.filter((worker) => worker !== first);
  await eventually(async () => {
    expect((await runsOf()).slice(0, 2)).toEqual([
      { cause: 'resumed', state: 'succeeded', outcome: 'done' },
      { cause: 'manual', state: 'interrupted', outcome: 'its process was stopped' },
    ]);
  });
});
