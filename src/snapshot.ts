/** How a `Snapshot` reads its value, and for how long it may be used. */
export interface SnapshotOptions<Value> {
  readonly load: () => Promise<Value>;
  /** Milliseconds for which a value counts as current. */
  readonly maxAge: number;
  /** Monotonic milliseconds; the process's own by default. */
  readonly monotonic?: () => number;
}

/**
 * A small table held in memory whole and read anew once it is too old, by the first who asks; others who ask meanwhile
 * wait for the same reading. A change by another process is thus seen within `maxAge`.
 */
export class Snapshot<Value> {
  private current: { readonly value: Promise<Value>; readonly readAt: number } | undefined;

  constructor(private readonly options: SnapshotOptions<Value>) {}

  /** @throws what `load` throws; the next caller tries again */
  get(): Promise<Value> {
    const now = this.now();
    if (this.current !== undefined && now - this.current.readAt < this.options.maxAge) return this.current.value;
    const reading = { value: this.options.load(), readAt: now };
    this.current = reading;
    reading.value.catch(() => {
      if (this.current === reading) this.current = undefined;
    });
    return reading.value;
  }

  /** The next caller reads anew: after a change by this process. */
  forget(): void {
    this.current = undefined;
  }

  private now(): number {
    return this.options.monotonic?.() ?? performance.now();
  }
}
