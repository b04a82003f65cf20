import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';

/** Without progress for so many milliseconds a measurement has failed. */
const PATIENCE = 30_000;
const LOOK = 5;

/**
 * Waits until a count has reached its target.
 * @param who what is waited for, in the error @throws Error when the count does not move for half a minute
 */
export async function until(who: string, count: () => Promise<number>, target: number): Promise<void> {
  let seen = -1;
  let progressAt = performance.now();
  for (;;) {
    const now = await count();
    if (now >= target) return;
    if (now !== seen) progressAt = performance.now();
    seen = now;
    if (performance.now() - progressAt > PATIENCE) throw new Error(`${who}: only ${now} of ${target} came through`);
    await delay(LOOK);
  }
}

/**
 * Waits until tables are empty.
 * @throws Error when their rows stay as many for half a minute
 */
export function untilEmpty(client: Client, ...tables: readonly ('packet' | 'report_queue')[]): Promise<void> {
  const rows = tables.map((table) => `(select count(*) from ${table})`).join(' + ');
  // A negative count, since what is waited for falls.
  const count = async () => -(await client.query<{ n: number }>(`select (${rows})::int as n`)).rows[0].n;
  return until(`what waits in ${tables.join(', ')}`, count, 0);
}
