import { Injectable } from '@nestjs/common';

import { Clock } from '../../clock/clock.js';
import { BatchWriter } from '../../database/batch-writer.js';
import { Database } from '../../database/database.js';
import { plainArray, textArray } from '../../database/statement.js';
import { PARK_OVERDUE, STORE_PUSH_RESULTS } from '../../database/statements/platform-push.js';
import { PUSH_PERIOD } from '../domain/push-schedule.js';

/** What came of a push. */
export type PushResult =
  | { readonly kind: 'acknowledged'; readonly id: number }
  | { readonly kind: 'again'; readonly id: number; readonly dueAt: number; readonly error: string }
  | { readonly kind: 'park'; readonly id: number; readonly error: string };

const RESULTS_A_FLUSH = 1000;
/** Only the next report of the same SMS waits for a result, and a commit for each few of them would cost as much as their pushes. */
const GATHER = { milliseconds: 10, weight: RESULTS_A_FLUSH };
const RESULTS_WAITING = 100_000;
const PARKED_A_STATEMENT = 1000;

/** Stores the results of pushes, many in a statement. */
@Injectable()
export class PushResults {
  private readonly writer = new BatchWriter<PushResult, undefined>({
    name: 'push results',
    flush: (results) => this.flush(results),
    maxFlush: RESULTS_A_FLUSH,
    maxWaiting: RESULTS_WAITING,
    gather: GATHER,
  });

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * Resolves once the result is committed.
   * @throws what storage throws: the report is pushed again then, when its lease has run out
   */
  async store(result: PushResult): Promise<void> {
    await this.writer.submit(result);
  }

  /** Parks the reports of an account whose 24 hours are over. @returns how many */
  async parkOverdue(account: number, error: string): Promise<number> {
    const now = this.clock.now();
    const parameters = [account, new Date(now), new Date(now - PUSH_PERIOD), error, PARKED_A_STATEMENT];
    for (let sum = 0; ;) {
      const [row] = await this.database.run(PARK_OVERDUE, parameters);
      const parked = row?.parked ?? 0;
      sum += parked;
      if (parked < PARKED_A_STATEMENT) return sum;
    }
  }

  private async flush(results: readonly PushResult[]): Promise<undefined[]> {
    const acknowledged = results.filter((result) => result.kind === 'acknowledged');
    const again = results.filter((result) => result.kind === 'again');
    const parked = results.filter((result) => result.kind === 'park');
    await this.database.run(STORE_PUSH_RESULTS, [
      plainArray(acknowledged.map(({ id }) => id)),
      plainArray(again.map(({ id }) => id)),
      plainArray(again.map(({ dueAt }) => new Date(dueAt).toISOString())),
      textArray(again.map(({ error }) => error)),
      plainArray(parked.map(({ id }) => id)),
      textArray(parked.map(({ error }) => error)),
      new Date(this.clock.now()),
    ]);
    return results.map(() => undefined);
  }
}
