import type { StatementRunner } from '../database.js';
import { statement } from '../statement.js';

const QUEUE_DEPTH = statement<{ app_id: number; messages: number }>(
  'queue_depth',
  `select app_id, sum(cardinality(members))::float8 as messages from packet where attempt_id is null group by app_id`,
);

/** How many messages of each app wait to be sent. Reads every packet that waits: half a second for a million. */
export async function queueDepth(runner: StatementRunner): Promise<ReadonlyMap<number, number>> {
  const rows = await runner.run(QUEUE_DEPTH, []);
  return new Map(rows.map(({ app_id: appId, messages }) => [appId, messages]));
}
