import { Injectable } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';

import { Loop } from '../loop.js';
import { ScheduledJob } from './scheduled-job.js';

/** Jobs and loops of this process, by name. */
export interface RegisteredJobs {
  readonly jobs: ReadonlyMap<string, ScheduledJob>;
  /** Those that say what they do; the others are nobody's business. */
  readonly loops: ReadonlyMap<string, Loop>;
}

/** Finds what this process has to run: every provider that is a `ScheduledJob` or a `LoopOwner`. */
@Injectable()
export class JobRegistry {
  private found: RegisteredJobs | undefined;

  constructor(private readonly discovery: DiscoveryService) {}

  /**
   * Not before every provider has been made, that is, from `onApplicationBootstrap` on.
   * @throws Error two have the same name
   */
  get registered(): RegisteredJobs {
    return (this.found ??= this.find());
  }

  private find(): RegisteredJobs {
    // A provider that is exported under a second token is found twice.
    const instances = new Set(this.discovery.getProviders().map(({ instance }): unknown => instance));
    const jobs = [...instances].filter((instance) => instance instanceof ScheduledJob);
    const loops = [...instances].flatMap((instance) => loopOf(instance));
    const names = [...jobs, ...loops].map(({ name }) => name);
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) throw new Error(`there are two jobs of the name ${twice}`);
    return {
      jobs: new Map(jobs.map((job) => [job.name, job])),
      loops: new Map(loops.map((loop) => [loop.name, loop])),
    };
  }
}

function loopOf(instance: unknown): Loop[] {
  if (typeof instance !== 'object' || instance === null || !('loop' in instance)) return [];
  const { loop } = instance;
  return loop instanceof Loop && loop.does !== undefined ? [loop] : [];
}
