import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';

import { Clock } from '../clock/clock.js';
import { Database } from '../database/database.js';
import { cancelMessage } from '../database/statements/cancel.js';
import { ApplicationError } from '../errors.js';
import { uuidv7 } from '../uuid.js';
import type { MessageKey } from './domain/message-id.js';

/** Takes messages back that have not been handed over. */
@Injectable()
export class CancelService {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * Cancels one message of an app and releases what was held for it.
   * @throws ApplicationError `not_cancellable` (409) when it was handed over or has ended. Whether it exists is for the
   *   caller to find out first.
   * @throws OutcomeUnknownError cancelled or not; reading the message tells
   */
  async cancel(appId: number, key: MessageKey): Promise<void> {
    const ledgerId = uuidv7(Date.now(), randomBytes(10));
    const cancelled = await cancelMessage(this.database, { ...key, appId }, this.clock.now(), ledgerId);
    if (!cancelled) {
      throw new ApplicationError(
        'conflict',
        'not_cancellable',
        'The message was handed over or has ended: it can not be cancelled any more.',
      );
    }
  }
}
