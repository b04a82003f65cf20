import type { StatementRunner } from '../database.js';
import { statement } from '../statement.js';

/** A transaction that changes nothing and is committed like one that does: to the disk, and to the synchronous standby. */
const PROBE = statement<object>('commit_probe', `select pg_logical_emit_message(true, 'cloudsms', '')`);

/** Whether this process can commit: throws when it can't. */
export async function probeCommit(runner: StatementRunner): Promise<void> {
  await runner.run(PROBE, []);
}
