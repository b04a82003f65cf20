import { setImmediate as endOfTurn } from 'node:timers/promises';

import { ApplicationError } from '../errors.js';
import { isPostgresError } from './database-error.js';

export interface BatchWriterOptions<Item, Result> {
  /** Shown in errors. */
  readonly name: string;
  /** Writes the items in one statement and returns a result for each, in their order; all or nothing. */
  readonly flush: (items: readonly Item[]) => Promise<readonly Result[]>;
  /** Weight of a flush at the most (an item that is heavier alone still goes, alone). */
  readonly maxFlush: number;
  /** Weight that may wait at the most; more is refused. */
  readonly maxWaiting: number;
  /** What an item counts; default 1. */
  readonly weight?: (item: Item) => number;
  /** Flushes that may be in flight; default 1. A further one begins only when a whole flush is waiting. */
  readonly streams?: number;
  /**
   * For what nobody waits for: a flush begins so many milliseconds after the last one did, or as soon as so much is waiting. Default:
   * at once.
   */
  readonly gather?: { readonly milliseconds: number; readonly weight: number };
}

/** More is waiting for the disk than this process will hold in memory. */
export class BatchWriterFullError extends ApplicationError {
  constructor(name: string) {
    super('overload', 'overloaded', `Too much is waiting to be stored (${name}). Try again shortly.`, {
      retryAfter: 1,
    });
  }
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly weight: number;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Natural batching: concurrent callers share one statement and one commit, and each is answered after that commit. One
 * flush is in flight (with `streams`, a further one where a whole one is waiting); the next collects meanwhile; there is no
 * timer (but with `gather`), so an idle system answers at once and a busy one in large strides (performance.md, rule 2).
 *
 * A flush that PostgreSQL refuses for what is in it is repeated item by item, so that one bad item harms nobody else.
 */
export class BatchWriter<Item, Result> {
  private waiting: Waiting<Item, Result>[] = [];
  private waitingWeight = 0;
  private readonly streams = new Set<Promise<void>>();
  /** Streams that will look once more whether something is waiting; one that is about to end will not. */
  private looking = 0;
  private begunAt = -Infinity;
  private endGathering: () => void = () => undefined;

  constructor(private readonly options: BatchWriterOptions<Item, Result>) {}

  /**
   * Resolves once the item is committed.
   * @throws BatchWriterFullError nothing was written
   * @throws what the flush threw
   */
  submit(item: Item): Promise<Result> {
    const weight = this.options.weight?.(item) ?? 1;
    if (this.waitingWeight > 0 && this.waitingWeight + weight > this.options.maxWaiting) {
      return Promise.reject(new BatchWriterFullError(this.options.name));
    }
    return new Promise<Result>((resolve, reject) => {
      this.waiting.push({ item, weight, resolve, reject });
      this.waitingWeight += weight;
      if (this.hasWorkFor(this.looking + 1)) this.beginStream();
      else if (!this.isGathering()) this.endGathering();
    });
  }

  /** Weight that waits for the next flush. */
  get backlog(): number {
    return this.waitingWeight;
  }

  /** Resolves when nothing is waiting or in flight. */
  async drain(): Promise<void> {
    while (this.streams.size > 0) await Promise.all(this.streams);
  }

  private beginStream(): void {
    this.looking += 1;
    const stream = this.flushAll().finally(() => this.streams.delete(stream));
    this.streams.add(stream);
  }

  private async flushAll(): Promise<void> {
    while (this.hasWorkFor(this.looking)) {
      // Callers of the same turn of the event loop share a flush: requests that have arrived together are read one by one.
      await endOfTurn();
      await this.gathered();
      // Another stream may have taken it in that turn.
      if (!this.hasWorkFor(this.looking)) break;
      this.begunAt = performance.now();
      await this.flushBatch(this.takeBatch());
    }
    this.looking -= 1;
  }

  private async gathered(): Promise<void> {
    if (!this.isGathering()) return;
    const { milliseconds = 0 } = this.options.gather ?? {};
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.begunAt + milliseconds - performance.now());
      this.endGathering = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private isGathering(): boolean {
    const { gather } = this.options;
    if (gather === undefined || this.waitingWeight >= gather.weight) return false;
    return performance.now() < this.begunAt + gather.milliseconds;
  }

  /** Whether there is enough to do for so many streams. */
  private hasWorkFor(streams: number): boolean {
    if (streams > (this.options.streams ?? 1)) return false;
    return streams === 1 ? this.waiting.length > 0 : this.waitingWeight >= this.options.maxFlush;
  }

  private takeBatch(): Waiting<Item, Result>[] {
    let weight = 0;
    let count = 0;
    for (const waiting of this.waiting) {
      if (count > 0 && weight + waiting.weight > this.options.maxFlush) break;
      weight += waiting.weight;
      count += 1;
    }
    this.waitingWeight -= weight;
    return this.waiting.splice(0, count);
  }

  private async flushBatch(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.options.flush(batch.map(({ item }) => item));
      if (results.length !== batch.length)
        throw new Error(`${this.options.name}: a flush must answer each of its items`);
      batch.forEach(({ resolve }, index) => resolve(results[index]));
    } catch (error) {
      if (batch.length === 1 || !isPostgresError(error)) for (const { reject } of batch) reject(error);
      else for (const single of batch) await this.flushBatch([single]);
    }
  }
}
