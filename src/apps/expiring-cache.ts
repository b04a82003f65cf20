/** Values that are good for a moment, and at most so many of them: the oldest goes first. */
export class ExpiringCache<Value> {
  private readonly entries = new Map<string, { readonly value: Value; readonly until: number }>();

  /**
   * @param maxAge milliseconds for which a value is good
   * @param maxEntries values kept at the most
   * @param monotonic monotonic milliseconds
   */
  constructor(
    private readonly maxAge: number,
    private readonly maxEntries: number,
    private readonly monotonic: () => number = () => performance.now(),
  ) {}

  get(name: string): Value | undefined {
    const entry = this.entries.get(name);
    if (entry === undefined) return undefined;
    if (entry.until > this.monotonic()) return entry.value;
    this.entries.delete(name);
    return undefined;
  }

  set(name: string, value: Value): void {
    // Deleted first, so that the map's order is the order of expiry.
    this.entries.delete(name);
    this.entries.set(name, { value, until: this.monotonic() + this.maxAge });
    if (this.entries.size <= this.maxEntries) return;
    const [oldest] = this.entries.keys();
    if (oldest !== undefined) this.entries.delete(oldest);
  }

  clear(): void {
    this.entries.clear();
  }
}
