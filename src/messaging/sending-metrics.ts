import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Gauge } from 'prom-client';
import type { Logger } from 'pino';

import { Clock } from '../clock/clock.js';
import { Database } from '../database/database.js';
import { openDoubts, queueLanes } from '../database/statements/queue-state.js';
import { routeHealth } from '../database/statements/route-breaker.js';
import { beforeScrape } from '../observability/scrape.js';
import { LOGGER } from '../runtime.module.js';
import { Snapshot } from '../snapshot.js';
import { routeView } from './route.view.js';

/** Milliseconds for which one reading serves every scrape. */
const MAX_AGE = 5_000;
const STATES = ['open', 'probing', 'stopped'] as const;
const LANES = ['normal', 'high'] as const;

const state = new Gauge({
  name: 'cloudsms_route_state',
  help: '1 for the state that a route is in: open, probing or stopped.',
  labelNames: ['route', 'state'],
});
const stopped = new Gauge({
  name: 'cloudsms_route_stopped_seconds',
  help: 'Seconds for which a route has not been open; 0 while it is.',
  labelNames: ['route'],
});
const depth = new Gauge({
  name: 'cloudsms_queue_messages',
  help: 'Messages that wait to be sent, in the first 20,000 packets of each route and lane.',
  labelNames: ['route', 'lane'],
});
const age = new Gauge({
  name: 'cloudsms_queue_oldest_due_seconds',
  help: 'Seconds for which the packet that has waited longest has been due; 0 for none.',
  labelNames: ['route', 'lane'],
});
const doubts = new Gauge({ name: 'cloudsms_doubts_open', help: 'SMS in doubt, 20,000 at the most.' });
const doubtAge = new Gauge({
  name: 'cloudsms_doubt_oldest_seconds',
  help: 'Seconds since the first of the open doubts; 0 for none.',
});
const readable = new Gauge({
  name: 'cloudsms_queue_readable',
  help: '1 when the database told what waits; 0: the queue metrics are missing.',
});

/**
 * Tells an operator how sending stands: whether a route is stopped, how much waits and for how long, what is in doubt. Read
 * from the database when somebody asks for the metrics, by statements that look at a bounded number of rows.
 */
@Injectable()
export class SendingMetrics implements OnModuleInit, OnModuleDestroy {
  private readonly reading: Snapshot<void>;
  private leave: () => void = () => undefined;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.reading = new Snapshot({ load: () => this.read(), maxAge: MAX_AGE });
  }

  onModuleInit(): void {
    this.leave = beforeScrape(() => this.reading.get());
  }

  onModuleDestroy(): void {
    this.leave();
  }

  private async read(): Promise<void> {
    try {
      const [routes, lanes, doubt] = await Promise.all([
        routeHealth(this.database),
        queueLanes(this.database),
        openDoubts(this.database),
      ]);
      forget();
      const views = routes.map(routeView);
      for (const { name, state: current, since } of views) {
        for (const each of STATES) state.set({ route: name, state: each }, Number(each === current));
        stopped.set({ route: name }, since === null ? 0 : secondsBetween(Date.parse(since), Date.now()));
      }
      const now = this.clock.now();
      for (const { route, lane, messages, oldest_due: oldest } of lanes) {
        const labels = { route, lane: LANES[lane] };
        depth.set(labels, messages);
        age.set(labels, oldest === null ? 0 : secondsBetween(oldest.getTime(), now));
      }
      doubts.set(doubt.open);
      doubtAge.set(doubt.oldest === null ? 0 : secondsBetween(doubt.oldest.getTime(), now));
      readable.set(1);
    } catch (error) {
      forget();
      readable.set(0);
      this.logger.warn({ err: error }, 'what waits to be sent could not be read for the metrics');
    }
  }
}

/** What is no longer true, or not known, is not told. */
function forget(): void {
  for (const labelled of [state, stopped, depth, age]) labelled.reset();
  for (const single of [doubts, doubtAge]) single.remove();
}

const secondsBetween = (from: number, to: number): number => Math.max(0, (to - from) / 1000);
