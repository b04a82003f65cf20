import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';

import { Clock } from '../../clock/clock.js';
import { Database } from '../../database/database.js';
import { failRun, releaseRun, takeRun } from '../../database/statements/reconcile-run.js';
import { failureCode, Loop, type LoopOwner } from '../../loop.js';
import { LOGGER } from '../../runtime.module.js';
import { uuidv7 } from '../../uuid.js';
import { RUN_LEASE, RunExecutor, RunLostError } from './run-executor.js';

const IDLE = 2_000;
/** Failures in a row after which a run is given up, and milliseconds between them. */
const TRIES = 10;
const PAUSE = 5_000;

/** Works on runs, one at a time: part of the role `worker`. */
@Injectable()
export class RunLoop implements OnApplicationBootstrap, BeforeApplicationShutdown, LoopOwner {
  readonly loop: Loop;
  private readonly workerId = uuidv7(Date.now(), randomBytes(10));
  private current: string | undefined;

  constructor(
    private readonly database: Database,
    private readonly executor: RunExecutor,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.loop = new Loop({
      name: 'reconciliation-runs',
      does: "Works on runs that hold the provider's statements against our messages.",
      round: () => this.round(),
      idle: IDLE,
      logger,
    });
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.loop.stop();
    if (this.current !== undefined) await releaseRun(this.database, this.current, this.workerId);
  }

  /** One stretch of a run, as the loop does it. @returns whether there may be more to do */
  async round(): Promise<boolean> {
    this.current ??= await takeRun(this.database, this.workerId, RUN_LEASE, new Date(this.clock.now()));
    if (this.current === undefined) return false;
    const runId = this.current;
    try {
      if (!(await this.executor.stretch(runId, this.workerId))) this.current = undefined;
    } catch (error) {
      this.current = undefined;
      if (!(error instanceof RunLostError)) await this.noteFailure(runId, error);
    }
    return true;
  }

  private async noteFailure(id: string, error: unknown): Promise<void> {
    const failure = failureCode(error);
    this.logger.warn({ err: error, runId: id }, 'a stretch of a reconciliation failed; it is repeated');
    const run = { id, workerId: this.workerId, failure, now: new Date(this.clock.now()) };
    if (await failRun(this.database, run, PAUSE, TRIES))
      this.logger.error({ runId: id }, 'a reconciliation was given up');
  }
}
