import type { Logger } from 'pino';

/**
 * When a loop goes on: true, at once, since there is more to do. False: when it is woken, or after its idle time. `soon`: a
 * stride after the round was begun, whoever wakes it meanwhile, since what comes in a stream is cheaper by the hundred.
 */
export type Next = boolean | 'soon';

export interface LoopOptions {
  /** Kebab-case; shown in logs, and where `does` is given the address of the loop among the jobs. */
  readonly name: string;
  /** For operators: a sentence. Without it the loop is not shown to them. */
  readonly does?: string;
  /** One round of work, and what it says of the next. */
  readonly round: () => Promise<Next>;
  /**
   * Milliseconds after which an idle loop looks by itself; up to a fifth fewer, as chance has it: loops that were started together and
   * kept time would all come to PostgreSQL in the same millisecond, second after second.
   */
  readonly idle: number;
  /** Milliseconds from the beginning of a round that ends with `soon` to the next. Default: none. */
  readonly stride?: number;
  readonly logger: Logger;
}

/** How a loop has been doing since its process started. */
export interface LoopRecord {
  readonly rounds: number;
  readonly failures: number;
  /** Whether the last round failed. */
  readonly failing: boolean;
  /** End of the last round, milliseconds; undefined: there was none yet. */
  readonly roundAt: number | undefined;
  /** Milliseconds that the last round took. */
  readonly roundTime: number;
  readonly failureAt: number | undefined;
  /** What went wrong last: a stable code, or the name of the error. */
  readonly failure: string | undefined;
}

/** Whoever has a loop that operators should see. */
export interface LoopOwner {
  readonly loop: Loop;
}

/** Is told how a round has ended. */
type Waiting = (error: Error | undefined) => void;

/** By how much of its idle time a loop may be early. */
const SPREAD = 0.2;
const FIRST_RETRY = 100;
const LAST_RETRY = 5000;

/**
 * Work that goes on for as long as the process does: rounds until there is nothing to do, then sleep until woken or for
 * `idle`. A round that throws is logged and repeated after a growing pause; it never ends the loop.
 */
export class Loop {
  private running: Promise<void> | undefined;
  private stopping = false;
  private woken = false;
  /** Ends a sleep; `isStride` tells whether only those who wait for a round may do so. */
  private sleeper: { readonly end: () => void; readonly isStride: boolean } | undefined;
  private waiting: Waiting[] = [];
  private recorded: LoopRecord = {
    rounds: 0,
    failures: 0,
    failing: false,
    roundAt: undefined,
    roundTime: 0,
    failureAt: undefined,
    failure: undefined,
  };

  constructor(private readonly options: LoopOptions) {}

  get name(): string {
    return this.options.name;
  }

  get does(): string | undefined {
    return this.options.does;
  }

  get record(): LoopRecord {
    return this.recorded;
  }

  start(): void {
    this.running ??= this.run();
  }

  /** There may be something to do: ends a sleep, or makes the current round be followed by another. */
  wake(): void {
    this.woken = true;
    if (this.sleeper?.isStride === false) this.sleeper.end();
  }

  /**
   * Wakes the loop, and waits for the end of a round that was begun after this call.
   * @throws what the round throws
   */
  nextRound(): Promise<void> {
    if (this.stopping || this.running === undefined) return Promise.reject(new LoopStopped(this.name));
    return new Promise((resolve, reject) => {
      this.waiting.push((error) => (error === undefined ? resolve() : reject(error)));
      this.woken = true;
      this.sleeper?.end();
    });
  }

  /** Finishes the round under way and ends. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.sleeper?.end();
    await this.running;
  }

  private async run(): Promise<void> {
    let retry = FIRST_RETRY;
    while (!this.stopping) {
      this.woken = false;
      const waiting = this.waiting.splice(0);
      const start = performance.now();
      try {
        const next = await this.options.round();
        this.note(start, undefined, waiting);
        retry = FIRST_RETRY;
        if (next === 'soon') await this.stride(start);
        else if (!next && !this.woken) await this.sleep(this.options.idle * (1 - SPREAD * Math.random()));
      } catch (error) {
        this.note(start, error, waiting);
        this.options.logger.error({ err: error, loop: this.options.name }, 'a round failed; it is repeated');
        await this.sleep(retry);
        retry = Math.min(retry * 2, LAST_RETRY);
      }
    }
    for (const tell of this.waiting.splice(0)) tell(new LoopStopped(this.name));
  }

  private note(start: number, error: unknown, waiting: readonly Waiting[]): void {
    const failed = error !== undefined;
    const { rounds, failures, failureAt, failure } = this.recorded;
    const roundAt = Date.now();
    this.recorded = {
      rounds: rounds + 1,
      failures: failures + Number(failed),
      failing: failed,
      roundAt,
      roundTime: performance.now() - start,
      failureAt: failed ? roundAt : failureAt,
      failure: failed ? failureCode(error) : failure,
    };
    const reason = failed && !(error instanceof Error) ? new Error('a round failed', { cause: error }) : error;
    for (const tell of waiting) tell(reason);
  }

  private async stride(start: number): Promise<void> {
    const rest = start + (this.options.stride ?? 0) - performance.now();
    if (rest > 0 && this.waiting.length === 0) await this.sleep(rest, true);
  }

  private sleep(milliseconds: number, isStride = false): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      const end = (): void => {
        clearTimeout(timer);
        resolve();
      };
      this.sleeper = { end, isStride };
      if (this.stopping) end();
    });
  }
}

/** The loop is about to end, or was never begun. */
export class LoopStopped extends Error {
  readonly code = 'stopping';

  constructor(loop: string) {
    super(`the loop ${loop} does not run`);
  }
}

/** What an error is called, for people who must not see what it says: messages may hold what they choke on. */
export function failureCode(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
