import { Injectable } from '@nestjs/common';
import { setTimeout as delay } from 'node:timers/promises';

import { Clock } from '../../clock/clock.js';
import { Database } from '../../database/database.js';
import { COUNT_UNTOLD } from '../../database/statements/platform-carrier.js';

const LOOK = 20;
const LONGEST = 10_000;

/** Holds an ANSWER back until reports of its SMS have been pushed: the sandbox's `beforeAnswer` (contract.md 6). */
@Injectable()
export class ToldBeforeAnswer {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * Resolves when what is due for the packet by a business time has been pushed once, or after 10 s.
   *
   * @param dueBy ms
   */
  async wait(packetId: string, dueBy: number): Promise<void> {
    const end = performance.now() + LONGEST;
    while (performance.now() < end) {
      const [row] = await this.database.run(COUNT_UNTOLD, [packetId, new Date(dueBy)]);
      if (row?.untold === 0 && this.clock.now() >= dueBy) return;
      await delay(LOOK);
    }
  }
}
