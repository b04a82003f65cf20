import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { Logger } from 'pino';

import { Clock } from '../../clock/clock.js';
import { Database } from '../../database/database.js';
import { plainArray } from '../../database/statement.js';
import {
  CLAIM_CARRIER_EVENTS,
  END_CARRIER_EVENTS,
  NEXT_CARRIER_EVENT,
} from '../../database/statements/platform-carrier.js';
import { Loop } from '../../loop.js';
import { LOGGER } from '../../runtime.module.js';
import { Wakes } from '../wakes.js';
import { SmsStates } from './sms-states.js';

const EVENTS_A_ROUND = 200;
/** What one statement stores in well under its time. */
const REPORTS_A_STATEMENT = 5000;
const LONGEST_WAIT = 250;

/** Reports what the simulated handsets do when it is due. Any process may; a report that a crash repeats does no harm. */
@Injectable()
export class SimulatedCarrierJob implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: Loop;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly states: SmsStates,
    wakes: Wakes,
    @Inject(LOGGER) logger: Logger,
  ) {
    this.loop = new Loop({ name: 'simulated carrier', round: () => this.round(), idle: LONGEST_WAIT, logger });
    wakes.carrier.listen(() => this.loop.wake());
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    clearTimeout(this.timer);
    await this.loop.stop();
    clearTimeout(this.timer);
  }

  private async round(): Promise<boolean> {
    const now = this.clock.now();
    const events = await this.database.run(CLAIM_CARRIER_EVENTS, [new Date(now), EVENTS_A_ROUND]);
    if (events.length === 0) {
      await this.wakeInTime(now);
      return false;
    }
    const reports = events.flatMap(({ packet_id: packetId, ordinals, state, repeat, due_at: dueAt }) =>
      ordinals.map((ordinal) => ({ packetId, ordinal, state, repeat, at: dueAt.getTime() })),
    );
    for (let from = 0; from < reports.length; from += REPORTS_A_STATEMENT)
      await this.states.report(reports.slice(from, from + REPORTS_A_STATEMENT));
    await this.database.run(END_CARRIER_EVENTS, [plainArray(events.map(({ id }) => id))]);
    return true;
  }

  /** An event that is due before the loop would look by itself is not kept waiting. */
  private async wakeInTime(now: number): Promise<void> {
    clearTimeout(this.timer);
    const [next] = await this.database.run(NEXT_CARRIER_EVENT, []);
    const wait = (next?.due_at.getTime() ?? Infinity) - now;
    if (wait > 0 && wait < LONGEST_WAIT) this.timer = setTimeout(() => this.loop.wake(), wait);
  }
}
