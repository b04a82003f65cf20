import type { Logger } from 'pino';

export interface LoopOptions {
  /** Shown in logs. */
  readonly name: string;
  /** One round of work; true when there may be more to do at once. */
  readonly round: () => Promise<boolean>;
  /** Milliseconds after which an idle loop looks by itself. */
  readonly idle: number;
  readonly logger: Logger;
}

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
  private wakeSleeper: (() => void) | undefined;

  constructor(private readonly options: LoopOptions) {}

  start(): void {
    this.running ??= this.run();
  }

  /** There may be something to do: ends a sleep, or makes the current round be followed by another. */
  wake(): void {
    this.woken = true;
    this.wakeSleeper?.();
  }

  /** Finishes the round under way and ends. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.wakeSleeper?.();
    await this.running;
  }

  private async run(): Promise<void> {
    let retry = FIRST_RETRY;
    while (!this.stopping) {
      this.woken = false;
      try {
        const more = await this.options.round();
        retry = FIRST_RETRY;
        if (!more && !this.woken) await this.sleep(this.options.idle);
      } catch (error) {
        this.options.logger.error({ err: error, loop: this.options.name }, 'a round failed; it is repeated');
        await this.sleep(retry);
        retry = Math.min(retry * 2, LAST_RETRY);
      }
    }
  }

  private sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.wakeSleeper = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.stopping) this.wakeSleeper();
    });
  }
}
