import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { randomInt } from 'node:crypto';
import type { Logger } from 'pino';

import { Clock } from '../../clock/clock.js';
import { Database } from '../../database/database.js';
import { plainArray } from '../../database/statement.js';
import { CLAIM_PUSHES, type PushRow, RELEASE_PUSHES } from '../../database/statements/platform-push.js';
import { Loop } from '../../loop.js';
import { LOGGER } from '../../runtime.module.js';
import { AccountDirectory } from '../accounts/account-directory.js';
import { Wakes } from '../wakes.js';
import { PushWindows } from './push-windows.js';
import { ReadyPushes } from './ready-pushes.js';
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
  private readonly ready = new ReadyPushes();
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
    await this.release(() => false);
    await Promise.all(this.underWay);
  }

  /** Takes what is wanted and begins what there is room for; never waits for a customer. */
  private async round(): Promise<boolean> {
    const now = this.clock.now();
    await this.release((accountId) => this.windows.mayWait(accountId, now));
    const { overall, unproven } = this.windows.left(this.ready.total);
    const rooms = this.windows.rooms(
      Array.from(this.accounts.all(), ({ id }) => id),
      now,
      (accountId) => this.ready.of(accountId),
    );
    if (rooms.length === 0 || overall <= 0) return false;
    const claimedAt = performance.now();
    const rows = await this.database.run(CLAIM_PUSHES, [
      plainArray(rooms.map(({ accountId }) => accountId)),
      plainArray(rooms.map(({ room }) => room)),
      new Date(now),
      plainArray(rooms.map(({ proven }) => String(proven))),
      overall,
      unproven,
      randomInt(TURNS),
    ]);
    for (const row of rows) this.ready.add(row, claimedAt);
    this.beginReady();
    // Whatever is finished wakes the loop when more is wanted; without anything to begin, there is nothing to look for at once.
    return false;
  }

  private beginReady(): void {
    const now = this.clock.now();
    for (const row of this.ready.take(performance.now(), (accountId) => this.windows.mayBegin(accountId, now)))
      this.begin(row);
  }

  private begin(row: PushRow): void {
    const accountId = row.account_id;
    const window = this.windows.begin(accountId);
    const begunAt = this.clock.now();
    const pushing = this.pusher
      .push(row, (health) => {
        this.windows.end();
        if (health === 'acknowledged') window.succeeded();
        else if (health === 'refused') window.refused();
        else window.failed(this.clock.now(), begunAt);
        this.beginReady();
      })
      .finally(() => {
        this.underWay.delete(pushing);
        if (window.wanted(this.clock.now(), this.ready.of(accountId)) > 0) this.wakes.push.wake();
      });
    this.underWay.add(pushing);
  }

  /** Puts back what must not be pushed under its claim any more, so that it need not wait for the end of its lease. */
  private async release(mayWait: (accountId: number) => boolean): Promise<void> {
    const stale = this.ready.takeStale(performance.now(), mayWait);
    if (stale.length > 0) await this.database.run(RELEASE_PUSHES, [plainArray(stale.map(({ id }) => id))]);
  }
}
