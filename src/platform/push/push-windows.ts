import { PushWindow } from '../domain/push-window.js';

/** Pushes under way in one process at the most. */
const OVERALL = 256;
/** Those of them that servers may have which were not heard of yet, or did not answer: however many hang, the others go on. */
const UNPROVEN = OVERALL / 2;
/** Pushes that are taken from the database and not begun, in one process at the most. */
const READY = 2 * OVERALL;

/** What may be taken of one account's pushes. */
export interface AccountRoom {
  readonly accountId: number;
  readonly room: number;
  /** Whether its server is known to answer. */
  readonly proven: boolean;
}

/** How many pushes may be begun for each account: its own window, within a bound for all of them. */
export class PushWindows {
  private readonly windows = new Map<number, PushWindow>();
  private inFlight = 0;

  of(accountId: number): PushWindow {
    let window = this.windows.get(accountId);
    if (window === undefined) this.windows.set(accountId, (window = new PushWindow()));
    return window;
  }

  /**
   * Room of each account that has any.
   *
   * @param now business time, ms
   * @param ready pushes of an account that were taken before and are not begun
   */
  rooms(accountIds: Iterable<number>, now: number, ready: (accountId: number) => number): AccountRoom[] {
    return Array.from(accountIds, (accountId) => {
      const window = this.of(accountId);
      return { accountId, room: window.wanted(now, ready(accountId)), proven: window.isProven };
    }).filter(({ room }) => room > 0);
  }

  /**
   * Pushes that may be taken in all, and of those to servers that are not known to answer.
   *
   * @param ready pushes that were taken before and are not begun
   */
  left(ready: number): { overall: number; unproven: number } {
    let unproven = UNPROVEN;
    for (const window of this.windows.values()) if (!window.isProven) unproven -= window.underWay;
    return { overall: OVERALL + READY - this.inFlight - ready, unproven: Math.max(0, unproven) };
  }

  /** Whether a push to an account may be begun. @param now business time, ms */
  mayBegin(accountId: number, now: number): boolean {
    return this.inFlight < OVERALL && this.of(accountId).room(now) > 0;
  }

  /** Whether pushes to an account may wait at hand: not while it pauses. @param now business time, ms */
  mayWait(accountId: number, now: number): boolean {
    const window = this.of(accountId);
    return window.isProven || window.room(now) > 0;
  }

  begin(accountId: number): PushWindow {
    this.inFlight += 1;
    const window = this.of(accountId);
    window.begin();
    return window;
  }

  end(): void {
    this.inFlight -= 1;
  }
}
