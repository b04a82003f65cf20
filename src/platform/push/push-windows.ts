import { PushWindow } from '../domain/push-window.js';

/** Pushes under way in one process at the most. */
const OVERALL = 256;
/** Those of them that servers may have which were not heard of yet, or did not answer: however many hang, the others go on. */
const UNPROVEN = OVERALL / 2;

/** What may be begun of one account's pushes. */
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
   */
  rooms(accountIds: Iterable<number>, now: number): AccountRoom[] {
    return Array.from(accountIds, (accountId) => {
      const window = this.of(accountId);
      return { accountId, room: window.room(now), proven: window.isProven };
    }).filter(({ room }) => room > 0);
  }

  /** Pushes that may be begun in all, and of those to servers that are not known to answer. */
  left(): { overall: number; unproven: number } {
    let unproven = UNPROVEN;
    for (const window of this.windows.values()) if (!window.isProven) unproven -= window.underWay;
    return { overall: OVERALL - this.inFlight, unproven: Math.max(0, unproven) };
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
