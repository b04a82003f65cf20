import type { AuditEntryView } from '../../src/apps/app.view.js';
import type { JobRunView, JobView } from '../../src/observability/jobs/job.view.js';
import { TestApi } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { type JobWorker, PROBE_MINUTE, startJobWorker } from '../support/job-worker.js';

/** The end of a time at which the probe is due. */
const TICK = new RegExp(`:${String(PROBE_MINUTE).padStart(2, '0')}:00\\.000Z$`);

let api: TestApi;
let worker: JobWorker;

beforeAll(async () => {
  api = await TestApi.start();
  worker = await startJobWorker(api.databaseUrl);
  await worker.report.report();
});
afterAll(async () => {
  await worker.module.close();
  await api.stop();
});

const get = async <Body>(address: string): Promise<Body> => {
  const { status, body } = await api.call('get', address);
  expect([status, body]).toEqual([200, expect.any(Object)]);
  return body as Body;
};
const runs = async (job: string) => (await get<{ items: JobRunView[] }>(`/v1/jobs/${job}/runs`)).items;

async function metrics(): Promise<string[]> {
  return (await api.call('get', '/metrics', null)).text.split('\n').filter((line) => !line.startsWith('#'));
}
const sample = async (start: string): Promise<number> =>
  Number(
    (await metrics())
      .find((line) => line.startsWith(start))
      ?.split(' ')
      .at(-1),
  );

test('a job shows what it does, how it went, and when it comes next', async () => {
  const job = await eventually(async () => {
    const job = await get<JobView>('/v1/jobs/probe');
    expect(job.lastRun?.state).toBe('succeeded');
    return job;
  });
  expect(job).toEqual({
    name: 'probe',
    kind: 'scheduled',
    does: 'Does what a test says.',
    schedule: `every hour, ${PROBE_MINUTE} minutes past`,
    nextRunAt: expect.stringMatching(TICK),
    lastRun: {
      tick: expect.stringMatching(TICK),
      cause: 'schedule',
      state: 'succeeded',
      startedAt: expect.any(String),
      finishedAt: expect.any(String),
      duration: expect.any(Number),
      outcome: 'done',
      worker: worker.runner.worker,
    },
    lastSuccessAt: job.lastRun?.finishedAt,
    workers: 1,
    loop: null,
  });
  expect(Date.parse(job.nextRunAt ?? '') - Date.parse(job.lastRun?.tick ?? '')).toBe(3_600_000);
});

test('a loop shows how its workers are doing', async () => {
  expect(await get('/v1/jobs/probe-loop')).toMatchObject({
    kind: 'loop',
    schedule: null,
    nextRunAt: null,
    lastRun: null,
    workers: 1,
    loop: { rounds: 1, failures: 0, failing: false, lastRoundAt: expect.any(String), lastFailure: null },
  });
});

test('jobs and runs are pages', async () => {
  const first = await get<{ items: JobView[]; nextCursor: string }>('/v1/jobs?limit=1');
  expect(first.items.map(({ name }) => name)).toEqual(['probe']);
  const second = await get<{ items: JobView[] }>(`/v1/jobs?limit=1&cursor=${first.nextCursor}`);
  expect(second).toEqual({ items: [expect.objectContaining({ name: 'probe-loop' })], nextCursor: null });
  expect((await api.call('get', `/v1/jobs/probe/runs?cursor=${first.nextCursor}`)).status).toBe(400);
});

test('an operator asks for a run: a worker takes it up, the trail has it, a repetition asks for nothing', async () => {
  const ask = () => api.call('post', '/v1/jobs/probe/runs').set('Idempotency-Key', 'run-probe');
  const before = worker.job.runs;
  const first = await ask();
  expect([first.status, first.body]).toEqual([
    202,
    expect.objectContaining({ cause: 'manual', state: 'queued', startedAt: null }),
  ]);
  const { tick } = first.body as JobRunView;
  await eventually(async () => {
    expect((await runs('probe')).find((run) => run.tick === tick)).toMatchObject({
      cause: 'manual',
      state: 'succeeded',
    });
  });
  expect((await ask()).text).toBe(first.text);
  expect(worker.job.runs).toBe(before + 1);
  const { items } = await get<{ items: AuditEntryView[] }>('/v1/audit?object=job');
  expect(items.map(({ action, objectId, after }) => ({ action, objectId, after }))).toEqual([
    { action: 'job.requested', objectId: 'probe', after: { tick } },
  ]);
  // One run after the other, the last tick first.
  const [one, other] = [
    await get<{ items: JobRunView[]; nextCursor: string }>('/v1/jobs/probe/runs?limit=1'),
    await runs('probe'),
  ];
  expect(one.items).toEqual(other.slice(0, 1));
  expect(await get(`/v1/jobs/probe/runs?limit=1&cursor=${one.nextCursor}`)).toEqual({
    items: other.slice(1),
    nextCursor: null,
  });
});

test('there is no job that nobody has declared', async () => {
  for (const [method, address] of [
    ['get', '/v1/jobs/nothing'],
    ['get', '/v1/jobs/nothing/runs'],
    ['post', '/v1/jobs/nothing/runs'],
  ] as const) {
    const { status, body } = await api.call(method, address);
    expect([status, body]).toEqual([404, expect.objectContaining({ code: 'job_not_found' })]);
  }
});

test('metrics of the api role have the jobs, read from the database', async () => {
  const now = Date.now() / 1000;
  expect(await sample('cloudsms_job_last_run{job="probe",state="succeeded"}')).toBe(1);
  expect(await sample('cloudsms_job_next_run_timestamp_seconds{job="probe"}')).toBeGreaterThan(now);
  expect(await sample('cloudsms_job_last_success_timestamp_seconds{job="probe"}')).toBeLessThanOrEqual(now);
  expect(await sample('cloudsms_job_last_duration_seconds{job="probe"}')).toBeGreaterThanOrEqual(0);
  expect(await sample('cloudsms_job_workers{job="probe-loop"}')).toBe(1);
  expect(await sample('cloudsms_loop_failing{loop="probe-loop"}')).toBe(0);
  expect(await sample('cloudsms_loop_last_round_timestamp_seconds{loop="probe-loop"}')).toBeGreaterThan(now - 600);
});

test('a run that nobody has noted as crashed shows as such all the same, also in the metrics', async () => {
  await api.source.query(
    `with died as (update job set running = date_trunc('milliseconds', now()), worker = 'gone', lease_until = now() - interval '1 s'
       where name = 'probe' returning running)
     insert into job_run (job, tick, cause, state, started_at, worker)
     select 'probe', running, 'manual', 'running', now(), 'gone' from died`,
  );
  // Whether a worker has been there meanwhile or not.
  expect((await runs('probe'))[0]).toMatchObject({ state: 'crashed', worker: 'gone' });
  expect(await sample('cloudsms_job_last_run{job="probe",state="crashed"}')).toBe(1);
});
