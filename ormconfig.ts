import { createDataSource } from './src/database/data-source.js';

/**
 * The data source for TypeORM's command line (`npm run migration:run`): DATABASE=gateway (the default) or platform says
 * which, DATABASE_URL or PLATFORM_DATABASE_URL where it is.
 */
const half = process.env.DATABASE === 'platform' ? 'platform' : 'gateway';
const url = half === 'platform' ? process.env.PLATFORM_DATABASE_URL : process.env.DATABASE_URL;
if (url === undefined) {
  throw new Error(`Set ${half === 'platform' ? 'PLATFORM_DATABASE_URL' : 'DATABASE_URL'} to the database to migrate.`);
}

export default createDataSource(half, url);
