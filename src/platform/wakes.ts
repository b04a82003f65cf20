import { Injectable } from '@nestjs/common';

/** A bell that loops listen to, and whoever makes work for them rings. */
export class Wake {
  private readonly listeners = new Set<() => void>();

  /** Calls `listener` at each ring. */
  listen(listener: () => void): void {
    this.listeners.add(listener);
  }

  /** There may be something to do. */
  wake(): void {
    for (const listener of this.listeners) listener();
  }
}

/** The bells of one process. Loops of other processes find their work by looking from time to time. */
@Injectable()
export class Wakes {
  /** Packets wait for the carrier. */
  readonly handover = new Wake();
  /** The simulated carrier has taken packets over. */
  readonly carrier = new Wake();
  /** Reports wait to be pushed. */
  readonly push = new Wake();
}
