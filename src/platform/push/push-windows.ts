import { PushWindow } from '../domain/push-window.js';

/** Pushes under way in one process at the most. */
const OVERALL = 256;

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
   * Room of each account that has any, every account getting some before one gets much.
   *
   * @param now ms of a clock that only goes forward
   * @param turn any integer: which accounts go short when there is not enough for all
   */
  rooms(accountIds: readonly number[], now: number, turn: number): { accountId: number; room: number }[] {
    const wanting = accountIds
      .map((accountId) => ({ accountId, room: this.of(accountId).room(now) }))
      .filter(({ room }) => room > 0);
    let left = OVERALL - this.inFlight;
    const start = wanting.length === 0 ? 0 : turn % wanting.length;
    const inTurn = [...wanting.slice(start), ...wanting.slice(0, start)];
    return inTurn.flatMap(({ accountId, room }, index) => {
      const share = Math.ceil(left / (inTurn.length - index));
      const granted = Math.min(room, share, left);
      left -= granted;
      return granted > 0 ? [{ accountId, room: granted }] : [];
    });
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
