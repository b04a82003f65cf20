import { Injectable, Module, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';

import { loadConfig } from '../../src/config/config.js';
import { Secrets } from '../../src/config/secrets.js';
import { JobRunner } from '../../src/jobs/job-runner.service.js';
import { JobsModule } from '../../src/jobs/jobs.module.js';
import { hourly } from '../../src/jobs/domain/schedule.js';
import { type JobOutcome, ScheduledJob } from '../../src/jobs/scheduled-job.js';
import { WorkerReport } from '../../src/jobs/worker-report.service.js';
import { Loop, type LoopOwner } from '../../src/loop.js';
import { createLogger } from '../../src/observability/logger.js';
import { RuntimeModule } from '../../src/runtime.module.js';

const logger = createLogger('silent');

/** Minutes past the hour at which the probe is due: far from now, so that no tick comes by itself while a spec runs. */
export const PROBE_MINUTE = (new Date().getUTCMinutes() + 30) % 60;

/** A job that does what a test says. */
@Injectable()
export class ProbeJob extends ScheduledJob {
  readonly name = 'probe';
  readonly schedule = hourly(PROBE_MINUTE);
  readonly does = 'Does what a test says.';
  runs = 0;
  work: (signal: AbortSignal) => Promise<string | JobOutcome> = () => Promise.resolve('done');

  run(signal: AbortSignal): Promise<string | JobOutcome> {
    this.runs += 1;
    return this.work(signal);
  }
}

/** A loop that does what a test says. */
@Injectable()
export class ProbeLoop implements LoopOwner, OnApplicationBootstrap, OnModuleDestroy {
  rounds = 0;
  work: () => Promise<boolean> = () => Promise.resolve(false);
  readonly loop = new Loop({
    name: 'probe-loop',
    does: 'Goes round and round.',
    round: () => {
      this.rounds += 1;
      return this.work();
    },
    idle: 3_600_000,
    logger,
  });

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }
}

@Module({ imports: [JobsModule], providers: [ProbeJob, ProbeLoop] })
class ProbeModule {}

/** A worker that has nothing but a job and a loop of the tests. */
export interface JobWorker {
  readonly module: TestingModule;
  readonly runner: JobRunner;
  readonly report: WorkerReport;
  readonly job: ProbeJob;
  readonly probeLoop: ProbeLoop;
}

/** Starts one on a database of the gateway; close its module to stop it. */
export async function startJobWorker(databaseUrl: string): Promise<JobWorker> {
  const runtime = {
    config: loadConfig({ DATABASE_URL: databaseUrl, ROLES: 'worker' }, 'sandbox.json'),
    logger,
    secrets: new Secrets(Buffer.alloc(32, 7)),
    tls: { callback: {}, platform: {}, uipClient: {}, pushClient: {} },
    databases: { gateway: databaseUrl, platform: undefined },
    addresses: {},
  };
  const module = await Test.createTestingModule({
    imports: [RuntimeModule.register(runtime, 'gateway', 3), ProbeModule],
  }).compile();
  module.useLogger(false);
  await module.init();
  return {
    module,
    runner: module.get(JobRunner),
    report: module.get(WorkerReport),
    job: module.get(ProbeJob),
    probeLoop: module.get(ProbeLoop),
  };
}
