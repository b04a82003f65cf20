import type { Response } from 'express';

import type { EventFeed } from './event-feed.service.js';
import type { AnyEventView } from './event.view.js';

/** Events that are read at a time: what a reader who does not keep up costs in memory, at the most. */
const PAGE = 200;
const HEARTBEAT = 15_000;
/** Milliseconds in which a reader must have taken a page. */
const PATIENCE = 60_000;
/** Milliseconds after which a stream ends and its reader comes back: with a key that is still good, to any process. */
const LIFE = 900_000;
/** Milliseconds after which a reader is to come back. */
const RETRY = 1000;

/**
 * One reader of server-sent events. The next page is read when the last one has been taken: whoever reads slowly is behind,
 * and nothing is kept for him but his place.
 */
export class EventStream {
  private ended = false;
  private woken = false;
  private wakeSleeper: () => void = () => undefined;
  private position: number;

  constructor(
    private readonly response: Response,
    private readonly feed: Pick<EventFeed, 'read'>,
    private readonly from: { readonly appId: number; readonly after: number; readonly clearNumbers: boolean },
  ) {
    this.position = from.after;
    response.once('close', () => this.end());
  }

  /** There may be news. */
  wake(): void {
    this.woken = true;
    this.wakeSleeper();
  }

  /** No more pages. */
  end(): void {
    this.ended = true;
    this.wakeSleeper();
  }

  /** Writes until the reader goes, is too slow, or it is time to come back. */
  async run(): Promise<void> {
    const end = performance.now() + LIFE;
    this.response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'X-Accel-Buffering': 'no',
    });
    await this.write(`retry: ${RETRY}\n: from ${this.position}\n\n`);
    while (!this.ended && performance.now() < end) {
      this.woken = false;
      const events = await this.feed.read({ ...this.from, after: this.position, limit: PAGE });
      if (events.length > 0) await this.write(events.map(frameOf).join(''));
      else if (!(await this.news())) await this.write(': heartbeat\n\n');
      this.position = events.at(-1)?.sequence ?? this.position;
    }
    this.response.end();
  }

  /** Waits for news; false when none came in time for a heartbeat. */
  private async news(): Promise<boolean> {
    if (!this.woken && !this.ended) await this.sleep(HEARTBEAT);
    return this.woken || this.ended;
  }

  private async write(text: string): Promise<void> {
    if (this.ended || this.response.write(text)) return;
    const onDrain = (): void => this.wakeSleeper();
    this.response.once('drain', onDrain);
    const deadline = performance.now() + PATIENCE;
    while (this.isWaitedFor() && performance.now() < deadline) await this.sleep(deadline - performance.now());
    this.response.off('drain', onDrain);
    if (this.isWaitedFor()) this.response.destroy();
  }

  private isWaitedFor(): boolean {
    return this.response.writableNeedDrain && !this.ended && !this.response.destroyed;
  }

  private sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.wakeSleeper(), Math.max(0, milliseconds));
      this.wakeSleeper = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function frameOf(event: AnyEventView): string {
  return `id: ${event.sequence}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
