import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';

import type { Database, StatementRunner } from '../database/database.js';
import { statement } from '../database/statement.js';
import { Clock } from './clock.js';

const READ = statement<{ offset_ms: number }>('sandbox_clock_read', 'select offset_ms from sandbox_clock');
const ADVANCE = statement<{ offset_ms: number }>(
  'sandbox_clock_advance',
  'update sandbox_clock set offset_ms = offset_ms + $1 returning offset_ms',
);
const REFRESH = 250;

/**
 * A clock that can be moved forward, in the sandbox only: the machine's clock plus an offset that is a row, which all
 * processes read within a quarter of a second. A test that waits 25 hours need not.
 */
@Injectable()
export class SandboxClock extends Clock implements OnModuleInit, OnApplicationShutdown {
  private offset = 0;
  /** Readings of the row so far, and which of them the offset is: they may come back in another order. */
  private begun = 0;
  private latest = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly database: Database) {
    super();
  }

  now(): number {
    return Date.now() + this.offset;
  }

  async onModuleInit(): Promise<void> {
    await this.refresh();
    this.schedule();
  }

  onApplicationShutdown(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  /** Moves the clock of every process on this database forward by so many milliseconds and returns the new time. */
  async advance(milliseconds: number, runner: StatementRunner = this.database): Promise<number> {
    const [row] = await runner.run(ADVANCE, [milliseconds]);
    this.begun += 1;
    this.take(this.begun, row);
    return this.now();
  }

  /** Reads the offset anew. */
  async refresh(): Promise<void> {
    this.begun += 1;
    const reading = this.begun;
    const [row] = await this.database.run(READ, []);
    this.take(reading, row);
  }

  private take(reading: number, row: { readonly offset_ms: number } | undefined): void {
    if (row === undefined || reading < this.latest) return;
    this.latest = reading;
    this.offset = row.offset_ms;
  }

  private schedule(): void {
    const refresh = async () => {
      // The last known offset is right until it can be read again.
      await this.refresh().catch(() => undefined);
      if (this.timer !== undefined) this.schedule();
    };
    this.timer = setTimeout(() => void refresh(), REFRESH);
    this.timer.unref();
  }
}
