import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';

import { Clock } from '../../clock/clock.js';
import { Database } from '../../database/database.js';
import { newStatements, queueRun } from '../../database/statements/reconcile-schedule.js';
import { abandonedStatements, dropStatement } from '../../database/statements/reconcile-stage.js';
import { hourly } from '../../jobs/domain/schedule.js';
import { ScheduledJob } from '../../jobs/scheduled-job.js';
import { uuidv7 } from '../../uuid.js';
import { parsePeriod } from '../domain/statement-period.js';

/** Queues a run of each statement that came in, be it of a month or of a day; `RunLoop` does the work. */
@Injectable()
export class ReconciliationJob extends ScheduledJob {
  readonly name = 'reconciliation';
  readonly schedule = hourly(40);
  readonly does = "Holds the provider's new statements against our messages, and removes uploads that broke off.";

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {
    super();
  }

  async run(signal: AbortSignal): Promise<string> {
    let queued = 0;
    for (const { id, period: name } of await newStatements(this.database)) {
      const period = parsePeriod(name);
      if (signal.aborted || period === undefined) continue;
      const runId = uuidv7(Date.now(), randomBytes(10));
      if (await queueRun(this.database, runId, id, period, new Date(this.clock.now()))) queued += 1;
    }
    const abandoned = await abandonedStatements(this.database);
    for (const id of abandoned) if (!signal.aborted) await dropStatement(this.database, id);
    return `queued ${queued} runs, removed ${abandoned.length} uploads that broke off`;
  }
}
