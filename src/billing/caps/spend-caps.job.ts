import { Injectable } from '@nestjs/common';

import { Database } from '../../database/database.js';
import { checkSpend, repairSpend } from '../../database/statements/spend-keep.js';
import { daily } from '../../jobs/domain/schedule.js';
import { type JobOutcome, ScheduledJob } from '../../jobs/scheduled-job.js';

/** Holds what is used of the spend caps against the ledger, and makes it the same again where it is not: a defect of ours. */
@Injectable()
export class SpendCapsJob extends ScheduledJob {
  readonly name = 'spend-caps';
  readonly schedule = daily('03:20');
  readonly does = 'Compares what is used of the spend caps with the ledger, and repairs it.';

  constructor(private readonly database: Database) {
    super();
  }

  async run(): Promise<string | JobOutcome> {
    const drifted = await checkSpend(this.database);
    if (drifted.length === 0) return 'every cap is what the ledger says';
    const repaired = await repairSpend(this.database);
    return { text: `${drifted.length} periods were not what the ledger says; ${repaired} repaired`, warning: true };
  }
}
