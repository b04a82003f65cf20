import { randomBytes } from 'node:crypto';

import { SandboxClock } from '../clock/sandbox-clock.js';
import { Database } from '../database/database.js';
import { underStartupLock } from '../database/migrate.js';
import { isRestoreDone, noteRestore, takeForDoubt } from '../database/statements/after-restore.js';
import type { Runtime } from '../runtime.js';
import { UUID_RANDOM_BYTES, uuidv7 } from '../uuid.js';

const BATCH = 500;

/**
 * After a point-in-time restore, or a failover to a standby that lagged behind, nobody knows which of the waiting packets were
 * sent after the time that the database now stands at: before this worker sends anything, all that are due go into doubt, once
 * for each value of `AFTER_RESTORE` (design.md 3 rule 11). Workers that start at the same time wait for it.
 */
export async function settleRestore({ config, databases, logger }: Runtime): Promise<void> {
  const { afterRestore } = config;
  const url = databases.gateway;
  if (afterRestore === undefined || url === undefined) return;
  await underStartupLock(url, async () => {
    const database = new Database({ url, connections: 1, name: 'cloudsms restore' });
    try {
      const restoredTo = new Date(afterRestore);
      if (await isRestoreDone(database, restoredTo)) return;
      const packets = await takeAll(database, await businessTime(config.sandbox, database));
      await noteRestore(database, restoredTo);
      logger.warn({ restoredTo, packets }, 'after a restore: what was due is in doubt, and is not sent');
    } finally {
      await database.close();
    }
  });
}

async function businessTime(sandbox: boolean, database: Database): Promise<number> {
  if (!sandbox) return Date.now();
  const clock = new SandboxClock(database);
  await clock.refresh();
  return clock.now();
}

async function takeAll(database: Database, now: number): Promise<number> {
  let packets = 0;
  for (;;) {
    const random = randomBytes(UUID_RANDOM_BYTES * BATCH);
    const realTime = Date.now();
    const ids = Array.from({ length: BATCH }, (_, index) => uuidv7(realTime, random, index * UUID_RANDOM_BYTES));
    const taken = await takeForDoubt(database, ids, now);
    packets += taken;
    if (taken < BATCH) return packets;
  }
}
