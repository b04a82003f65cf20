import type { PushRow } from '../../database/statements/platform-push.js';

/**
 * Milliseconds that a claimed report may wait for its push. With the 10 s of a push it stays within its lease: no other process
 * pushes it at the same time.
 */
const LONGEST_WAIT = 4_000;

interface Ready {
  readonly row: PushRow;
  /** Monotonic clock, before the claim was asked for. */
  readonly claimedAt: number;
}

/** Reports that are claimed and not begun, by account: a server that answers finds its next push at hand. */
export class ReadyPushes {
  private readonly queues = new Map<number, Ready[]>();
  private size = 0;

  get total(): number {
    return this.size;
  }

  of(accountId: number): number {
    return this.queues.get(accountId)?.length ?? 0;
  }

  add(row: PushRow, claimedAt: number): void {
    const queue = this.queues.get(row.account_id);
    if (queue === undefined) this.queues.set(row.account_id, [{ row, claimedAt }]);
    else queue.push({ row, claimedAt });
    this.size += 1;
  }

  /**
   * Takes one report of each account in turn, for as long as there is one that `mayBegin` and that has not waited too long.
   *
   * @param now monotonic clock
   */
  *take(now: number, mayBegin: (accountId: number) => boolean): Generator<PushRow> {
    for (let taken = true; taken;) {
      taken = false;
      for (const [accountId, queue] of this.queues) {
        const [{ row, claimedAt }] = queue;
        if (now - claimedAt >= LONGEST_WAIT || !mayBegin(accountId)) continue;
        taken = true;
        this.keep(accountId, queue.slice(1), 1);
        yield row;
      }
    }
  }

  /**
   * Takes out what must not be pushed under its claim any more: of accounts for which it `mayWait` no longer, and what has
   * waited too long.
   *
   * @param now monotonic clock
   */
  takeStale(now: number, mayWait: (accountId: number) => boolean): PushRow[] {
    const stale: PushRow[] = [];
    for (const [accountId, queue] of this.queues) {
      const isStale = ({ claimedAt }: Ready): boolean => now - claimedAt >= LONGEST_WAIT || !mayWait(accountId);
      const gone = queue.filter(isStale);
      if (gone.length === 0) continue;
      stale.push(...gone.map(({ row }) => row));
      this.keep(
        accountId,
        queue.filter((ready) => !gone.includes(ready)),
        gone.length,
      );
    }
    return stale;
  }

  /** Keeps what is left of a queue; the account is the last in turn. */
  private keep(accountId: number, queue: Ready[], gone: number): void {
    this.size -= gone;
    this.queues.delete(accountId);
    if (queue.length > 0) this.queues.set(accountId, queue);
  }
}
