import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import type { Logger } from 'pino';

import { Database } from '../database/database.js';
import { forgetWorker, reportWorker } from '../database/statements/job-declare.js';
import { LOGGER } from '../runtime.module.js';
import { JobRegistry } from './job-registry.service.js';
import { JobRunner } from './job-runner.service.js';

/** Milliseconds between looks at the loops. */
const LOOK = 5_000;
/** Looks after which a worker says that it is there, whatever they have shown: one statement a minute. */
const LOOKS = 12;

/**
 * Tells the installation what this worker runs, and how its loops are doing: once a minute, and within five seconds where a loop begins
 * to fail or stops to. So operators see loops without a statement a round.
 */
@Injectable()
export class WorkerReport implements BeforeApplicationShutdown {
  private looks = 0;
  private told = '';
  private stopping = false;

  constructor(
    private readonly database: Database,
    private readonly registry: JobRegistry,
    private readonly runner: JobRunner,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** One look; public for tests. */
  @Interval(LOOK)
  async look(): Promise<void> {
    const failing = this.failing();
    if (this.looks % LOOKS !== 0 && failing === this.told) {
      this.looks += 1;
      return;
    }
    try {
      await this.report();
      this.looks = 1;
      this.told = failing;
    } catch (error) {
      this.looks = 0;
      this.logger.warn({ err: error }, 'how the loops are doing could not be told; later again');
    }
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    await forgetWorker(this.database, this.runner.worker).catch(() => undefined);
  }

  /** Tells now. */
  async report(): Promise<void> {
    if (this.stopping) return;
    const { jobs, loops } = this.registry.registered;
    await reportWorker(this.database, this.runner.worker, [
      ...[...jobs.keys()].map((name) => ({ name, record: undefined })),
      ...[...loops.values()].map(({ name, record }) => ({ name, record })),
    ]);
  }

  private failing(): string {
    const { loops } = this.registry.registered;
    const failing = [...loops.values()].filter(({ record }) => record.failing);
    return failing.map(({ name }) => name).join(' ');
  }
}
