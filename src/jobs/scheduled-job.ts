import type { Schedule } from './domain/schedule.js';

/** How a run ended that did its work. */
export interface JobOutcome {
  /** For operators: what was done or found, in a line. No numbers, texts or keys of anybody. */
  readonly text: string;
  /** Somebody should look at it. */
  readonly warning?: boolean;
}

/**
 * A job that runs by a schedule, once a tick in the whole installation however many workers there are. A feature declares its
 * job by providing a class of this kind in a module that the worker imports; the `JobRunner` finds it, and operators see and
 * start it by `/v1/jobs`.
 *
 * @example
 *   class StatementsJob extends ScheduledJob {
 *     readonly name = 'statements';
 *     readonly schedule = daily('01:30');
 *     readonly does = "Closes last month's statements.";
 *     async run() { return `closed ${await this.statements.closeDue()}`; }
 *   }
 */
export abstract class ScheduledJob {
  /** Kebab-case, the same in every version: it is its address. */
  abstract readonly name: string;
  abstract readonly schedule: Schedule;
  /** For operators: a sentence. */
  abstract readonly does: string;

  /**
   * One run. It may be cut off at any moment, and later begun anew: what it does must stand repetition. After a lapse of its
   * lease (a process that was stopped for a minute) another may run beside it.
   *
   * @param signal aborted when the process is about to end or has lost its lease: stop soon
   * @returns the outcome; a rejection is a run that failed
   */
  abstract run(signal: AbortSignal): Promise<string | JobOutcome>;
}
