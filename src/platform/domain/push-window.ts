const FIRST_WINDOW = 2;
const LAST_WINDOW = 32;
const FIRST_PAUSE = 1000;
const LAST_PAUSE = 60_000;
/** Pushes that are taken for a fast server beyond those that may be under way: some 30 ms of its work. */
const AHEAD = 4 * LAST_WINDOW;

/**
 * How many pushes to one customer may be under way: few at first, more with each that is acknowledged, one at a time after
 * one that was not, and none for a growing pause. So whatever a customer's server does, it holds up one push of ours now and
 * then, and nobody else's.
 *
 * Times are milliseconds of business time: in a sandbox whose clock is moved, these pauses pass too.
 */
export class PushWindow {
  private window = FIRST_WINDOW;
  private inFlight = 0;
  private failures = 0;
  private pausedSince = -Infinity;
  private pausedUntil = -Infinity;
  private proven = false;

  /** Pushes that may be begun now. */
  room(now: number): number {
    const left = this.pausedUntil - now;
    // A clock that was put back makes no pause longer than it may be.
    return left > 0 && left <= LAST_PAUSE ? 0 : Math.max(0, this.window - this.inFlight);
  }

  /**
   * Pushes to take from the database now: what may be begun; for a server that has answered many, besides, enough to go on with
   * while the next are taken, and only once half of that is used up, for each taking costs as much as some dozens of its rows.
   *
   * @param ready pushes that were taken before and are not begun
   */
  wanted(now: number, ready: number): number {
    if (!this.isFast) return Math.max(0, this.room(now) - ready);
    return ready > AHEAD / 2 ? 0 : Math.max(0, this.window + AHEAD - this.inFlight - ready);
  }

  /** Whether its server has answered many pushes, and has not failed since. */
  get isFast(): boolean {
    return this.proven && this.window === LAST_WINDOW;
  }

  /** Pushes under way. */
  get underWay(): number {
    return this.inFlight;
  }

  /** Whether the last that was heard of the customer's server is that it answers. */
  get isProven(): boolean {
    return this.proven;
  }

  begin(): void {
    this.inFlight += 1;
  }

  /** A push was acknowledged. */
  succeeded(): void {
    this.inFlight -= 1;
    this.failures = 0;
    this.proven = true;
    this.pausedUntil = -Infinity;
    this.window = Math.min(LAST_WINDOW, this.window + 1);
  }

  /** The customer's server answered, but did not acknowledge: it is there, and wants that report later. */
  refused(): void {
    this.inFlight -= 1;
    this.failures = 0;
    this.proven = true;
    this.window = Math.max(FIRST_WINDOW, this.window >> 1);
  }

  /**
   * No answer came: no connection, a wrong certificate, silence. Pushes that were under way together fail for one reason: they
   * make one pause, not one each.
   *
   * @param begunAt when that push was begun
   */
  failed(now: number, begunAt: number): void {
    this.inFlight -= 1;
    this.window = 1;
    this.proven = false;
    if (begunAt < this.pausedSince) return;
    this.failures += 1;
    this.pausedSince = now;
    this.pausedUntil = now + Math.min(LAST_PAUSE, FIRST_PAUSE * 2 ** Math.min(this.failures - 1, 10));
  }
}
