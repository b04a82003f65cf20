/** Chance that a seed decides (mulberry32): the same seed, the same numbers. */
export class SeededRandom {
  constructor(private state: number) {}

  /** From 0 up to, and without, 1. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** An integer from 0 up to, and without, `limit`. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  /** One of the outcomes, as often as its weight says. */
  pick<Outcome extends string>(weights: Readonly<Record<Outcome, number>>): Outcome {
    const entries = Object.entries<number>(weights) as [Outcome, number][];
    let left = this.next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [outcome, weight] of entries) {
      left -= weight;
      if (left < 0) return outcome;
    }
    return entries[0][0];
  }
}
