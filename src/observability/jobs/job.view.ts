import type { JobRow, JobRunRow } from '../../database/statements/job-list.js';
import { scheduleText } from '../../jobs/domain/schedule.js';

/** A run of a job. Times are UTC, ISO 8601. */
export class JobRunView {
  /** The tick that it is the run of; of one that was asked for, when. Names the run. */
  readonly tick: string;
  /** `resumed`: begun anew, since the process of the run before was stopped. */
  readonly cause: 'schedule' | 'manual' | 'resumed';
  /** `warning`: its work is done, and somebody should look at the outcome. `crashed`: its process died. */
  readonly state: 'queued' | 'running' | 'succeeded' | 'warning' | 'failed' | 'interrupted' | 'crashed';
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  /** Milliseconds; null: it has not ended. */
  readonly duration: number | null;
  readonly outcome: string | null;
  /** Where it runs: host, process. */
  readonly worker: string | null;
}

/** How a loop is doing, in all workers that were heard of within three minutes. */
export class JobLoopView {
  readonly rounds: number;
  readonly failures: number;
  /** Whether some worker's last round has failed. */
  readonly failing: boolean;
  readonly lastRoundAt: string | null;
  /** Milliseconds. */
  readonly lastRoundDuration: number | null;
  readonly lastFailureAt: string | null;
  /** What went wrong last: a code, or the name of an error. */
  readonly lastFailure: string | null;
}

/** A job of the installation. */
export class JobView {
  readonly name: string;
  /** `scheduled`: once a tick in the whole installation. `loop`: all the time, in every worker. */
  readonly kind: 'scheduled' | 'loop';
  readonly does: string;
  /** Null: a loop. */
  readonly schedule: string | null;
  /** In the past: it is due, and waits for a worker. Null: a loop that nobody has asked for a round. */
  readonly nextRunAt: string | null;
  /** The last run that was begun; null: none. */
  readonly lastRun: JobRunView | null;
  readonly lastSuccessAt: string | null;
  /** Workers that have it, and were heard of within three minutes. */
  readonly workers: number;
  /** Null: no loop. */
  readonly loop: JobLoopView | null;
}

const time = (at: Date | null): string | null => at?.toISOString() ?? null;

/** Makes the view of a run. */
export function jobRunView(row: JobRunRow): JobRunView {
  const { tick, cause, state, started_at: startedAt, finished_at: finishedAt, outcome, worker } = row;
  return {
    tick: tick.toISOString(),
    cause,
    state,
    startedAt: time(startedAt),
    finishedAt: time(finishedAt),
    duration: startedAt === null || finishedAt === null ? null : finishedAt.getTime() - startedAt.getTime(),
    outcome,
    worker,
  };
}

/** Makes the view of a job. */
export function jobView(row: JobRow): JobView {
  const { tick, cause, state, period_seconds: period } = row;
  const lastRun = tick === null || cause === null || state === null ? null : jobRunView({ ...row, tick, cause, state });
  return {
    name: row.name,
    kind: period === null ? 'loop' : 'scheduled',
    does: row.does,
    schedule: period === null ? null : scheduleText({ period, offset: row.offset_seconds }),
    nextRunAt: time(row.next_at),
    lastRun,
    lastSuccessAt: time(row.succeeded_at),
    workers: row.workers,
    loop: period === null ? loopView(row) : null,
  };
}

function loopView(row: JobRow): JobLoopView {
  return {
    rounds: row.rounds ?? 0,
    failures: row.failures ?? 0,
    failing: row.failing,
    lastRoundAt: time(row.round_at),
    lastRoundDuration: row.round_ms === null ? null : Math.round(row.round_ms),
    lastFailureAt: time(row.failure_at),
    lastFailure: row.failure,
  };
}
