import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';

import { auditEntryOf, auditStatement } from '../../apps/audit-trail.js';
import type { Caller } from '../../apps/caller.js';
import { Clock } from '../../clock/clock.js';
import { Database, type Transaction } from '../../database/database.js';
import { type BulkRow, lockBulk } from '../../database/statements/bulk-job.js';
import { cancelBulk, pauseBulk, resumeBulk } from '../../database/statements/bulk-steer.js';
import { isUuidv7, uuidv7 } from '../../uuid.js';
import { BulkStatus, type BulkStep, judgeStep, shownBulkStatus } from '../domain/bulk-status.js';
import { BulkNotFoundError, BulkStatusError } from './bulk-errors.js';
import { BulkStarts } from './bulk-starts.service.js';

const DONE: Readonly<Record<BulkStep, 'paused' | 'resumed' | 'cancelled'>> = {
  pause: 'paused',
  resume: 'resumed',
  cancel: 'cancelled',
};

/** Pauses, resumes and cancels bulks. A step that was taken already changes nothing. */
@Injectable()
export class BulkSteering {
  constructor(
    private readonly database: Database,
    private readonly starts: BulkStarts,
    private readonly clock: Clock,
  ) {}

  /**
   * Takes a step with a bulk of the caller's app. What is being sent at this moment goes on; nothing else is sent once this returns.
   * @throws BulkNotFoundError, BulkStatusError, and those of `BulkStarts.start` where the bulk was not started yet
   */
  async take(caller: Caller, id: string, step: BulkStep): Promise<void> {
    const bulk = await this.database.transaction(async (transaction) => {
      const locked = isUuidv7(id) ? await lockBulk(transaction, caller.appId, id) : undefined;
      if (locked === undefined) throw new BulkNotFoundError();
      const verdict = judgeStep(step, locked.status);
      if (verdict === 'impossible') throw new BulkStatusError(DONE[step], shownBulkStatus(locked.status, false));
      if (verdict === 'possible' && !startsFirst(step, locked)) await this.step(transaction, caller, locked, step);
      return locked;
    });
    if (startsFirst(step, bulk)) await this.starts.start(caller, bulk);
  }

  private async step(transaction: Transaction, caller: Caller, { id }: BulkRow, step: BulkStep): Promise<void> {
    const now = this.clock.now();
    if (step === 'pause') await pauseBulk(transaction, id);
    else if (step === 'resume') await resumeBulk(transaction, id);
    else await cancelBulk(transaction, id, now, uuidv7(Date.now(), randomBytes(10)));
    await auditStatement(transaction, auditEntryOf(caller, { action: `bulk.${DONE[step]}`, id }, now));
  }
}

/** What was never started is started by being resumed. */
function startsFirst(step: BulkStep, { status }: BulkRow): boolean {
  return step === 'resume' && status === BulkStatus.ready;
}
