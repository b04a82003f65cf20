import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';

import { auditEntryOf, auditStatement } from '../apps/audit-trail.js';
import type { Caller } from '../apps/caller.js';
import { Clock } from '../clock/clock.js';
import { Database } from '../database/database.js';
import { cancelMessage } from '../database/statements/cancel.js';
import { ApplicationError } from '../errors.js';
import { uuidv7 } from '../uuid.js';
import { type MessageKey, messageId } from './domain/message-id.js';

/** Takes messages back that have not been handed over. */
@Injectable()
export class CancelService {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * Cancels one message of the caller's app, releases what was held for it, and notes who did.
   * @throws ApplicationError `not_cancellable` (409) when it was handed over or has ended. Whether it exists is for the
   *   caller to find out first.
   * @throws OutcomeUnknownError cancelled or not; reading the message tells
   */
  async cancel(caller: Caller, key: MessageKey): Promise<void> {
    const ledgerId = uuidv7(Date.now(), randomBytes(10));
    const now = this.clock.now();
    const entry = auditEntryOf(
      caller,
      { action: 'message.cancelled', id: messageId(key.submissionId, key.ordinal) },
      now,
    );
    const cancelled = await this.database.transaction(async (transaction) => {
      const done = await cancelMessage(transaction, { ...key, appId: caller.appId }, now, ledgerId);
      if (done) await auditStatement(transaction, entry);
      return done;
    });
    if (!cancelled) {
      throw new ApplicationError(
        'conflict',
        'not_cancellable',
        'The message was handed over or has ended: it can not be cancelled any more.',
      );
    }
  }
}
