import { type BeforeApplicationShutdown, Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { Response } from 'express';
import type { Logger } from 'pino';

import { KeyWatch } from '../../apps/key-watch.service.js';
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
/** Milliseconds after which the streams of a key that is not good any more have ended, at the latest, and then some. */
const KEY_CHECK = 2000;

/** What a stream is to show, and to whom. */
export interface StreamOrder {
  readonly appId: number;
  readonly keyId: string;
  /** Sequence of the last event that the reader has. */
  readonly after: number;
  readonly clearNumbers: boolean;
}

/** The streams that this process serves: wakes them, bounds them, ends them with the process. */
@Injectable()
export class EventStreams implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly open = new Map<EventStream, StreamOrder>();
  private readonly timers: NodeJS.Timeout[] = [];

  constructor(
    private readonly feed: EventFeed,
    private readonly notifications: Notifications,
    private readonly keys: KeyWatch,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.notifications.listen(EVENT_CHANNEL, () => this.wake());
    this.timers.push(
      setInterval(() => this.wake(), LOOK),
      setInterval(() => void this.endRevoked(), KEY_CHECK),
    );
    for (const timer of this.timers) timer.unref();
  }

  /** Ends the streams: their readers go on at another process, from the last event that they saw. */
  beforeApplicationShutdown(): void {
    for (const timer of this.timers) clearInterval(timer);
    for (const stream of this.open.keys()) stream.end();
  }

  /**
   * @throws ApplicationError `too_many_streams` (overload): nothing has been written
   */
  checkRoom(appId: number): void {
    const own = [...this.open.values()].filter((order) => order.appId === appId).length;
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
  async serve(response: Response, order: StreamOrder): Promise<void> {
    const stream = new EventStream(response, this.feed, order);
    this.open.set(stream, order);
    try {
      await stream.run();
    } catch (error) {
      this.logger.warn({ err: error }, 'a stream of events broke; its reader comes back');
      response.destroy();
    } finally {
      this.open.delete(stream);
    }
  }

  /** A stream outlives the request that asked for it: its key may have been revoked, or have expired, since. */
  private async endRevoked(): Promise<void> {
    if (this.open.size === 0) return;
    const watched = [...this.open];
    try {
      const good = await this.keys.stillGood([...new Set(watched.map(([, { keyId }]) => keyId))]);
      for (const [stream, { keyId }] of watched) if (!good.has(keyId)) stream.end();
    } catch (error) {
      this.logger.warn({ err: error }, 'the keys of open streams could not be looked at; they are looked at again');
    }
  }

  private wake(): void {
    for (const stream of this.open.keys()) stream.wake();
  }
}
