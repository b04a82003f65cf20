import { randomFillSync } from 'node:crypto';

import { UUID_RANDOM_BYTES, uuidv7 } from '../uuid.js';

/** Ids that one draw of randomness serves. */
const DRAW = 512;
const COUNTER_LIMIT = 0x1000;

/**
 * UUIDv7s of the real clock that ascend within this process, also within a millisecond: the 12 bits after the version count
 * (RFC 9562, 6.2, method 1). So the order of reports is the order in which they came.
 */
export class ReportIds {
  private readonly random = new Uint8Array(DRAW * UUID_RANDOM_BYTES);
  private offset = this.random.length;
  private lastMs = 0;
  private counter = 0;

  /** @param now the real clock, in milliseconds */
  constructor(private readonly now: () => number = Date.now) {}

  /** A fresh id, greater than all before. */
  next(): string {
    if (this.offset === this.random.length) {
      randomFillSync(this.random);
      this.offset = 0;
    }
    this.count();
    this.random[this.offset] = this.counter >>> 8;
    this.random[this.offset + 1] = this.counter & 0xff;
    const id = uuidv7(this.lastMs, this.random, this.offset);
    this.offset += UUID_RANDOM_BYTES;
    return id;
  }

  /** A clock that stands or goes back, or a counter that is full, borrows from the next millisecond. */
  private count(): void {
    const now = this.now();
    if (now > this.lastMs) {
      this.lastMs = now;
      this.counter = 0;
    } else if (++this.counter === COUNTER_LIMIT) {
      this.lastMs += 1;
      this.counter = 0;
    }
  }
}
