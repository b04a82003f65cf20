import { type BeforeApplicationShutdown, Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Cron, CronExpression } from '@nestjs/schedule';
import type { Logger } from 'pino';

import { Database } from '../database/database.js';
import { Notifications } from '../database/notifications.js';
import { declareJobs } from '../database/statements/job-declare.js';
import { type EndState, finishJobRun, resumeJob } from '../database/statements/job-finish.js';
import {
  extendJobLeases,
  findCrashedJobs,
  JOB_CHANNEL,
  takeJobRuns,
  type TakenRun,
} from '../database/statements/job-take.js';
import { failureCode, Loop } from '../loop.js';
import { LOGGER } from '../runtime.module.js';
import { JobRegistry } from './job-registry.service.js';
import { newWorkerName } from './worker-name.js';

/** Runs that one process has under way at once: a long one must not hold up the others. */
const AT_ONCE = 3;
/** Milliseconds after which a run of which nothing was heard counts as crashed. */
const LEASE = 60_000;
const IDLE = 30_000;
/** Milliseconds that runs are given to end when the process is to. */
const GRACE = 5_000;

interface RunUnderWay {
  readonly run: TakenRun;
  readonly abort: AbortController;
  readonly ended: Promise<void>;
}

/**
 * Runs the scheduled jobs of this process, each once a tick in the whole installation, and what operators have asked for. Ticks are
 * counted by the database's clock; the schedule only says when to look. A tick that nobody was there for is run as soon as
 * somebody is.
 */
@Injectable()
export class JobRunner implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly worker = newWorkerName();
  private readonly underWay = new Map<string, RunUnderWay>();
  private readonly watch: Loop;

  constructor(
    private readonly database: Database,
    private readonly notifications: Notifications,
    private readonly registry: JobRegistry,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.watch = new Loop({ name: 'jobs', round: () => this.round(), idle: IDLE, logger });
  }

  async onApplicationBootstrap(): Promise<void> {
    const { jobs, loops } = this.registry.registered;
    await declareJobs(this.database, [
      ...[...jobs.values()].map(({ name, does, schedule }) => ({ name, does, schedule })),
      ...[...loops.values()].map(({ name, does = '' }) => ({ name, does, schedule: undefined })),
    ]);
    await this.notifications.listen(JOB_CHANNEL, () => this.watch.wake());
    this.watch.start();
  }

  /** Looks for what is due. */
  @Cron(CronExpression.EVERY_10_SECONDS)
  look(): void {
    this.watch.wake();
  }

  /** Takes no more, and gives what is under way a moment to end; what does not is resumed by whoever comes next. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.watch.stop();
    const runs = [...this.underWay.values()];
    for (const { abort } of runs) abort.abort();
    await Promise.race([Promise.all(runs.map(({ ended }) => ended)), graceful(GRACE)]);
    for (const { run } of this.underWay.values()) await this.interrupt(run);
  }

  /** One look, as the schedule does it: what it begins goes on after it. */
  async round(): Promise<boolean> {
    await this.extend();
    for (const { name, tick } of await findCrashedJobs(this.database)) {
      this.logger.error({ job: name, tick }, 'a run of a job has crashed');
    }
    const { jobs, loops } = this.registry.registered;
    const names = [...jobs.keys(), ...loops.keys()].filter((name) => !this.underWay.has(name));
    const room = AT_ONCE - this.underWay.size;
    if (room <= 0) return false;
    for (const run of await takeJobRuns(this.database, names, this.worker, room, LEASE)) this.begin(run);
    return false;
  }

  /** Waits for what is under way, for tests and shutdown. */
  async settled(): Promise<void> {
    await Promise.all([...this.underWay.values()].map(({ ended }) => ended));
  }

  private begin(run: TakenRun): void {
    const abort = new AbortController();
    const ended = this.execute(run, abort.signal).finally(() => {
      this.underWay.delete(run.name);
      this.watch.wake();
    });
    this.underWay.set(run.name, { run, abort, ended });
  }

  private async execute(run: TakenRun, signal: AbortSignal): Promise<void> {
    const end = await this.work(run.name, signal);
    if (signal.aborted && end.state === 'failed') return this.interrupt(run);
    try {
      const mine = await finishJobRun(this.database, run, this.worker, end);
      if (!mine) this.logger.error({ job: run.name }, 'a job went on after its lease had lapsed');
    } catch (error) {
      this.logger.error({ err: error, job: run.name }, 'the end of a job could not be noted');
    }
  }

  private async work(name: string, signal: AbortSignal): Promise<{ state: EndState; outcome: string }> {
    const { jobs, loops } = this.registry.registered;
    try {
      const job = jobs.get(name);
      if (job === undefined) {
        await loops.get(name)?.nextRound();
        return { state: 'succeeded', outcome: 'one round' };
      }
      const outcome = await job.run(signal);
      if (typeof outcome === 'string') return { state: 'succeeded', outcome };
      return { state: outcome.warning === true ? 'warning' : 'succeeded', outcome: outcome.text };
    } catch (error) {
      if (!signal.aborted) this.logger.error({ err: error, job: name }, 'a job failed');
      return { state: 'failed', outcome: `failed: ${failureCode(error)}` };
    }
  }

  private async interrupt(run: TakenRun): Promise<void> {
    try {
      const end = { state: 'interrupted', outcome: 'its process was stopped' } as const;
      if (await finishJobRun(this.database, run, this.worker, end)) await resumeJob(this.database, run.name);
    } catch (error) {
      this.logger.error({ err: error, job: run.name }, 'the end of a job could not be noted');
    }
  }

  private async extend(): Promise<void> {
    if (this.underWay.size === 0) return;
    const runs = [...this.underWay.values()].map(({ run }) => run);
    const kept = new Set((await extendJobLeases(this.database, runs, this.worker, LEASE)).map(({ name }) => name));
    for (const { run, abort } of this.underWay.values()) {
      // One that ends just now is not ours any more either, and does not mind.
      if (runs.includes(run) && !kept.has(run.name)) abort.abort();
    }
  }
}

function graceful(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds).unref();
  });
}
