import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { randomInt } from 'node:crypto';
import type { Logger } from 'pino';

import { Clock } from '../../clock/clock.js';
import { Database } from '../../database/database.js';
import { plainArray } from '../../database/statement.js';
import { CLAIM_PUSHES, type PushRow } from '../../database/statements/platform-push.js';
import { Loop } from '../../loop.js';
import { LOGGER } from '../../runtime.module.js';
import { AccountDirectory } from '../accounts/account-directory.js';
import { Wakes } from '../wakes.js';
import { PushWindows } from './push-windows.js';
import { ReportPusher } from './report-pusher.js';

const IDLE = 250;
const TURNS = 2 ** 31 - 1;

/**
 * Pushes reports to the customers: at least once, each SMS's in order, many at a time and none of them held up by another
 * customer's server (protocol.md 7). A process that dies leaves leases behind, and another pushes those reports again.
 */
@Injectable()
export class ReportPushJob implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: Loop;
  private readonly windows = new PushWindows();
  private readonly underWay = new Set<Promise<void>>();

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly accounts: AccountDirectory,
    private readonly pusher: ReportPusher,
    private readonly wakes: Wakes,
    @Inject(LOGGER) logger: Logger,
  ) {
    this.loop = new Loop({ name: 'report push', round: () => this.round(), idle: IDLE, logger });
    wakes.push.listen(() => this.loop.wake());
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
    await Promise.all(this.underWay);
  }

  /** Begins what there is room for; never waits for a customer. */
  private async round(): Promise<boolean> {
    const { overall, unproven } = this.windows.left();
    const now = this.clock.now();
    const rooms = this.windows.rooms(
      Array.from(this.accounts.all(), ({ id }) => id),
      now,
    );
    if (rooms.length === 0 || overall <= 0) return false;
    const rows = await this.database.run(CLAIM_PUSHES, [
      plainArray(rooms.map(({ accountId }) => accountId)),
      plainArray(rooms.map(({ room }) => room)),
      new Date(now),
      plainArray(rooms.map(({ proven }) => String(proven))),
      overall,
      unproven,
      randomInt(TURNS),
    ]);
    for (const row of rows) this.begin(row);
    // Whatever is finished wakes the loop; without anything to begin, there is nothing to look for at once.
    return false;
  }

  private begin(row: PushRow): void {
    const window = this.windows.begin(row.account_id);
    const begunAt = this.clock.now();
    const pushing = this.pusher
      .push(row, (health) => {
        this.windows.end();
        if (health === 'acknowledged') window.succeeded();
        else if (health === 'refused') window.refused();
        else window.failed(this.clock.now(), begunAt);
      })
      .finally(() => {
        this.underWay.delete(pushing);
        this.wakes.push.wake();
      });
    this.underWay.add(pushing);
  }
}
