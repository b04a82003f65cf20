import { Injectable } from '@nestjs/common';

import { Database } from '../../database/database.js';
import { anyOptOut, optedOutAmong } from '../../database/statements/opt-out.js';
import { ApplicationError } from '../../errors.js';
import { Snapshot } from '../../snapshot.js';

/** Milliseconds for which it is remembered that nobody has opted out. */
const MAX_AGE = 1000;
/** Members of `to` that an answer names at the most. */
const MAX_FAULTS = 20;

/**
 * Who is not to be written to. While nobody has opted out of anything, the question costs one small statement a second; the
 * first opt-out of all is gone by within a second, each further one at once.
 */
@Injectable()
export class OptOutCheck {
  private readonly any: Snapshot<boolean>;

  constructor(private readonly database: Database) {
    this.any = new Snapshot({ load: () => anyOptOut(database), maxAge: MAX_AGE });
  }

  /** Those of some numbers' hashes that have opted out of an app's messages. */
  async among(appId: number, hashes: readonly bigint[]): Promise<ReadonlySet<bigint>> {
    if (hashes.length === 0 || !(await this.any.get())) return new Set();
    return optedOutAmong(this.database, appId, hashes);
  }

  /**
   * Refuses recipients that have opted out.
   * @param hashes of the recipients, in the order of `to`
   * @throws ApplicationError `opted_out` (rule), naming up to 20 of them
   */
  async refuse(appId: number, hashes: readonly bigint[]): Promise<void> {
    const optedOut = await this.among(appId, hashes);
    if (optedOut.size === 0) return;
    const rule = 'has opted out of these messages';
    const faults = hashes.flatMap((hash, index) => (optedOut.has(hash) ? [{ field: `to[${index}]`, rule }] : []));
    throw new ApplicationError('rule', 'opted_out', `${faults[0]?.field ?? 'to'} ${rule}.`, {
      faults: faults.slice(0, MAX_FAULTS),
    });
  }

  /** Asks anew at the next question: after a change by this process. */
  forget(): void {
    this.any.forget();
  }
}
