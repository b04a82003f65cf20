import { DataSource, type DataSourceOptions } from 'typeorm';

import { GATEWAY_ENTITIES, GATEWAY_MIGRATIONS } from './gateway-schema.js';
import { PLATFORM_ENTITIES, PLATFORM_MIGRATIONS } from './platform-schema.js';

/** The two halves of the system; each has its own database. */
export type Half = 'gateway' | 'platform';

/** Options of TypeORM's data source of a half: entities and migrations are listed as classes, so that a build is whole. */
export function dataSourceOptions(half: Half, url: string, connections = 4): DataSourceOptions {
  return {
    type: 'postgres',
    url,
    entities: half === 'gateway' ? GATEWAY_ENTITIES : PLATFORM_ENTITIES,
    migrations: half === 'gateway' ? GATEWAY_MIGRATIONS : PLATFORM_MIGRATIONS,
    migrationsTransactionMode: 'each',
    installExtensions: false,
    synchronize: false,
    applicationName: `cloudsms ${half}`,
    poolSize: connections,
    extra: { options: '-c timezone=UTC -c lock_timeout=2000', connectionTimeoutMillis: 10_000 },
  };
}

/** A data source that is not connected yet. */
export function createDataSource(half: Half, url: string): DataSource {
  return new DataSource(dataSourceOptions(half, url));
}
