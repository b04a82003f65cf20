import { Injectable } from '@nestjs/common';

import { Database } from '../database/database.js';
import { isReconciled } from '../database/statements/reconcile-schedule.js';
import { ReconciledMonths } from '../reporting/retention/reconciled-months.js';
import { parsePeriod } from './domain/statement-period.js';

/** A month is reconciled once runs that add up cover all of it, on every route that has sent in it. */
@Injectable()
export class DatabaseReconciledMonths extends ReconciledMonths {
  constructor(private readonly database: Database) {
    super();
  }

  async isReconciled(month: string): Promise<boolean> {
    const period = parsePeriod(month);
    if (period === undefined) return false;
    return isReconciled(this.database, new Date(period.from), new Date(period.to));
  }
}
