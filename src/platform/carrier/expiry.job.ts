import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { Logger } from 'pino';

import { Loop } from '../../loop.js';
import { LOGGER } from '../../runtime.module.js';
import { SmsStates } from './sms-states.js';

const IDLE = 1000;

/** Ends SMS of which nothing final was heard for 25 hours. */
@Injectable()
export class ExpiryJob implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: Loop;

  constructor(states: SmsStates, @Inject(LOGGER) logger: Logger) {
    this.loop = new Loop({ name: 'expiry', round: () => states.expire(), idle: IDLE, logger });
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }
}
