import { type DynamicModule, Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { Logger } from 'pino';

import { Clock, SystemClock } from './clock/clock.js';
import { SandboxClock } from './clock/sandbox-clock.js';
import { Config } from './config/config.js';
import { LocalSecretStore, SecretStore } from './config/secret-store.js';
import { Secrets } from './config/secrets.js';
import { Database } from './database/database.js';
import { dataSourceOptions, type Half } from './database/data-source.js';
import { Notifications } from './database/notifications.js';
import type { Runtime } from './runtime.js';

/** Injection token of the program's logger (a pino `Logger`). */
export const LOGGER = Symbol('logger');
/** Injection token of the process's `Runtime`: addresses, TLS files. */
export const RUNTIME = Symbol('runtime');

/** What every role's application has at hand: configuration, keys, logger, clock, and the database of its half. */
@Global()
@Module({})
export class RuntimeModule {
  /**
   * @param half whose database the role works on
   * @param connections of the hot paths' pool
   */
  static register(runtime: Runtime, half: Half, connections = 8): DynamicModule {
    const url = runtime.databases[half];
    if (url === undefined) throw new Error(`the ${half} database was not prepared for this process`);
    const logger: Logger = runtime.logger;
    return {
      module: RuntimeModule,
      imports: [TypeOrmModule.forRoot({ ...dataSourceOptions(half, url), retryAttempts: 0 })],
      providers: [
        { provide: RUNTIME, useValue: runtime },
        { provide: Config, useValue: runtime.config },
        { provide: Secrets, useValue: runtime.secrets },
        { provide: SecretStore, useFactory: () => new LocalSecretStore(runtime.secrets) },
        { provide: LOGGER, useValue: logger },
        { provide: Database, useFactory: () => new Database({ url, connections, name: `cloudsms ${half}` }) },
        { provide: Notifications, useFactory: () => new Notifications(url, logger) },
        runtime.config.sandbox
          ? { provide: Clock, useFactory: (database: Database) => new SandboxClock(database), inject: [Database] }
          : { provide: Clock, useClass: SystemClock },
      ],
      exports: [RUNTIME, Config, Secrets, SecretStore, LOGGER, Database, Notifications, Clock],
    };
  }
}
