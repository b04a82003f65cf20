import { type BeforeApplicationShutdown, Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { Response } from 'express';
import type { Logger } from 'pino';

import { Notifications } from '../../database/notifications.js';
import { EVENT_CHANNEL } from '../../database/statements/outbox-number.js';
import { ApplicationError } from '../../errors.js';
import { LOGGER } from '../../runtime.module.js';
import { EventFeed } from './event-feed.service.js';
import { EventStream } from './event-stream.js';

const PER_APP = 100;
/** Half of what the listener lets in at a time: streams must not keep requests out. */
const ALTOGETHER = 500;
/** Milliseconds after which all streams look by themselves, together, so that they share their reading. */
const LOOK = 1000;

/** The streams that this process serves: wakes them, bounds them, ends them with the process. */
@Injectable()
export class EventStreams implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly open = new Map<EventStream, number>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly feed: EventFeed,
    private readonly notifications: Notifications,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.notifications.listen(EVENT_CHANNEL, () => this.wake());
    this.timer = setInterval(() => this.wake(), LOOK);
    this.timer.unref();
  }

  /** Ends the streams: their readers go on at another process, from the last event that they saw. */
  beforeApplicationShutdown(): void {
    clearInterval(this.timer);
    for (const stream of this.open.keys()) stream.end();
  }

  /**
   * @throws ApplicationError `too_many_streams` (overload): nothing has been written
   */
  checkRoom(appId: number): void {
    const own = [...this.open.values()].filter((app) => app === appId).length;
    if (own < PER_APP && this.open.size < ALTOGETHER) return;
    throw new ApplicationError(
      'overload',
      'too_many_streams',
      'Too many streams are open. Close some, or read pages.',
      {
        retryAfter: 10,
      },
    );
  }

  /** Writes events to a response for as long as it is open; resolves when it is over. */
  async serve(
    response: Response,
    from: { readonly appId: number; readonly after: number; readonly clearNumbers: boolean },
  ): Promise<void> {
    const stream = new EventStream(response, this.feed, from);
    this.open.set(stream, from.appId);
    try {
      await stream.run();
    } catch (error) {
      this.logger.warn({ err: error }, 'a stream of events broke; its reader comes back');
      response.destroy();
    } finally {
      this.open.delete(stream);
    }
  }

  private wake(): void {
    for (const stream of this.open.keys()) stream.wake();
  }
}
