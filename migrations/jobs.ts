/** The tables of jobs, the same in both halves. Times are the database's. */
export const JOBS_UP: readonly string[] = [
  // A row is what workers have declared, and the lock of its runs: running is the tick under way, lease_until the end of
  // what its worker has promised. requested: somebody wants a run. period_seconds null: a loop, which has no ticks.
  `create table job (
     name text primary key,
     does text not null,
     period_seconds integer check (period_seconds > 0),
     offset_seconds integer not null default 0,
     last_tick timestamptz,
     requested timestamptz,
     running timestamptz,
     worker text,
     lease_until timestamptz) with (fillfactor = 50)`,
  // Who runs what, told once a minute; of loops also how it goes.
  `create table job_worker (
     job text not null,
     worker text not null,
     seen_at timestamptz not null default now(),
     rounds bigint,
     failures bigint,
     failing boolean not null default false,
     round_at timestamptz,
     round_ms double precision,
     failure_at timestamptz,
     failure text,
     primary key (job, worker)) with (fillfactor = 50)`,
  `alter table job_run
     alter column started_at drop not null,
     alter column started_at drop default,
     add column cause text not null default 'schedule' check (cause in ('schedule', 'manual', 'resumed')),
     add column state text not null default 'succeeded'
       check (state in ('queued', 'running', 'succeeded', 'warning', 'failed', 'interrupted', 'crashed')),
     add column worker text`,
  `update job_run set state = case when finished_at is null then 'crashed' when outcome = 'failed' then 'failed' else state end`,
  'alter table job_run alter column state drop default',
];

/** The way back. */
export const JOBS_DOWN: readonly string[] = [
  `delete from job_run where started_at is null`,
  `alter table job_run drop column cause, drop column state, drop column worker,
     alter column started_at set default now(), alter column started_at set not null`,
  'drop table job_worker, job',
];
