import { Controller, Get, type OnModuleDestroy } from '@nestjs/common';

import { Public } from '../apps/access.decorator.js';
import { Database } from '../database/database.js';
import { statement } from '../database/statement.js';
import { ApplicationError } from '../errors.js';

interface Health {
  readonly status: 'ok';
}

const PING = statement<object>('ping', 'select');

/** For load balancers and supervisors. */
@Controller('health')
@Public()
export class HealthController implements OnModuleDestroy {
  private stopping = false;

  constructor(private readonly database: Database) {}

  onModuleDestroy(): void {
    this.stopping = true;
  }

  /** The process answers: restarting it would not help. */
  @Get('live')
  live(): Health {
    return { status: 'ok' };
  }

  /** The process can serve: its database answers, and it is not on its way out. */
  @Get('ready')
  async ready(): Promise<Health> {
    if (this.stopping) throw new ApplicationError('unavailable', 'stopping', 'This process is stopping.');
    await this.database.run(PING, []);
    return { status: 'ok' };
  }
}
