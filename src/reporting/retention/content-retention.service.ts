import { Injectable } from '@nestjs/common';

import { Clock } from '../../clock/clock.js';
import { Config } from '../../config/config.js';
import { Database } from '../../database/database.js';
import {
  forget,
  type ForgottenKind,
  forgetReports,
  LOWEST_ID,
  noteWalk,
  readWalk,
  type Stride,
} from '../../database/statements/retention-forget.js';
import { lowestUuidv7 } from '../../uuid.js';

const DAY = 86_400_000;
/** Strides of one walk that one run makes, at most; the next run goes on. */
const STRIDES = 1000;

/** How much a run has forgotten. */
export interface Forgotten {
  /** Submissions. */
  readonly texts: number;
  /** Submissions. */
  readonly numbers: number;
  readonly reports: number;
}

/**
 * Forgets texts and clear numbers some days after all messages of a submission have ended (docs/retention.md). Each walk
 * goes once through the time-ordered ids; what has not ended by then is left in a list that each run looks through again.
 */
@Injectable()
export class ContentRetention {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly config: Config,
  ) {}

  /** Forgets what is due. */
  async run(): Promise<Forgotten> {
    const { textDays, numberDays } = this.config.retention;
    return {
      texts: await this.forget('text', textDays),
      numbers: await this.forget('number', numberDays),
      reports: await this.forgetReports(numberDays),
    };
  }

  private async forget(kind: ForgottenKind, days: number): Promise<number> {
    if (days === 0) return 0;
    const endedBefore = this.clock.now() - days * DAY;
    // Ids use the real clock, which business time never is behind: what ended before then was made before then.
    const before = lowestUuidv7(endedBefore);
    const rest = await this.walk(LOWEST_ID, (after) =>
      forget(this.database, kind, 'rest', { endedBefore, after, before }),
    );
    const start = await readWalk(this.database, kind);
    const walked = await this.walk(start, async (after) => {
      const stride = await forget(this.database, kind, 'walk', { endedBefore, after, before });
      if (stride.last !== null) await noteWalk(this.database, kind, stride.last);
      return stride;
    });
    return rest + walked;
  }

  private async forgetReports(days: number): Promise<number> {
    if (days === 0) return 0;
    const before = lowestUuidv7(this.clock.now() - days * DAY);
    return this.walk(await readWalk(this.database, 'report'), async (after) => {
      const stride = await forgetReports(this.database, after, before);
      if (stride.last !== null) await noteWalk(this.database, 'report', stride.last);
      return stride;
    });
  }

  private async walk(start: string, step: (after: string) => Promise<Stride>): Promise<number> {
    let forgotten = 0;
    let after: string | null = start;
    for (let strides = 0; after !== null && strides < STRIDES; strides += 1) {
      const stride: Stride = await step(after);
      forgotten += stride.forgotten;
      after = stride.last;
    }
    return forgotten;
  }
}
