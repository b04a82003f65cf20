import { Inject, Injectable } from '@nestjs/common';

import { hourly } from '../jobs/domain/schedule.js';
import { ScheduledJob } from '../jobs/scheduled-job.js';
import type { Half } from './data-source.js';
import { Database } from './database.js';
import { partitionsOf, underStartupLock } from './migrate.js';
import { makePartitions } from './partitions.js';

/** Injection token of the half whose tables the job looks after. */
export const PARTITIONED_HALF = Symbol('partitioned half');

/** Makes the partitions of the growing tables, four weeks ahead. An hourly try, so that a failed one does no harm. */
@Injectable()
export class PartitionsJob extends ScheduledJob {
  readonly name = 'partitions';
  readonly schedule = hourly();
  readonly does = 'Makes the partitions of growing tables, four weeks ahead.';

  constructor(
    private readonly database: Database,
    @Inject(PARTITIONED_HALF) private readonly half: Half,
  ) {
    super();
  }

  async run(): Promise<string> {
    const made = await underStartupLock(this.database.options.url, async (client) => {
      // A new partition locks its table for a moment: traffic must not queue up behind us for longer.
      await client.query(`set lock_timeout = '2s'`);
      return makePartitions(client, partitionsOf(this.half), Date.now());
    });
    return made.length === 0 ? 'nothing to do' : `made ${made.join(', ')}`;
  }
}
