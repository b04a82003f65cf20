import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { Logger } from 'pino';

import { Database, type Transaction } from '../../database/database.js';
import { DIRECTORY_VERSION, RAISE_DIRECTORY_VERSION } from '../../database/statements/platform-directory.js';
import { Loop } from '../../loop.js';
import { LOGGER } from '../../runtime.module.js';

const LOOK = 250;

/**
 * Notices changes of accounts and faults, whichever process makes them, within a quarter of a second: so a revoked AUTH_KEY
 * stops working everywhere at once, and a request needs no query to know its account.
 */
@Injectable()
export class DirectoryWatch implements OnModuleInit, OnModuleDestroy {
  private readonly readers: (() => Promise<void>)[] = [];
  private version = -1;
  private looking: Promise<unknown> = Promise.resolve();
  private readonly loop: Loop;

  constructor(
    private readonly database: Database,
    @Inject(LOGGER) logger: Logger,
  ) {
    this.loop = new Loop({ name: 'directory', round: () => this.look(), idle: LOOK, logger });
  }

  /** Calls `read` now and after each change. Call it in a constructor, before the module is initialised. */
  onChange(read: () => Promise<void>): void {
    this.readers.push(read);
  }

  async onModuleInit(): Promise<void> {
    await this.look();
    this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }

  /** Makes a change in a transaction of its own; when this resolves, this process knows of it, and soon the others do. */
  async change<Result>(make: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    const result = await this.database.transaction(async (transaction) => {
      await transaction.run(RAISE_DIRECTORY_VERSION, []);
      return make(transaction);
    });
    await this.look();
    return result;
  }

  /** Reads anew what has changed: for whoever has made a change in a transaction of his own. */
  async refresh(): Promise<void> {
    await this.look();
  }

  /** One look after the other, or an older one could end last. */
  private look(): Promise<boolean> {
    const look = this.looking.then(() => this.readChanges());
    this.looking = look.catch(() => undefined);
    return look;
  }

  private async readChanges(): Promise<boolean> {
    const [row] = await this.database.run(DIRECTORY_VERSION, []);
    if (row === undefined || row.version === this.version) return false;
    for (const read of this.readers) await read();
    this.version = row.version;
    return false;
  }
}
