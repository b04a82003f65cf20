import path from 'node:path';

import { readIfExists } from '../config/private-file.js';
import { serverUrl } from './embedded-postgres-server.js';

/**
 * The URL of a database of the embedded server that runs on this directory; undefined when none does. Starts nothing and
 * changes nothing.
 * @param dataDir as given to `startEmbeddedPostgres`
 */
export function runningDatabase(dataDir: string, database: string): string | undefined {
  const directory = readIfExists(path.join(dataDir, 'moved-to'))?.trim() ?? dataDir;
  const lines = readIfExists(path.join(directory, 'cluster', 'postmaster.pid'))?.split('\n');
  const password = readIfExists(path.join(directory, 'password'))?.trim();
  if (lines?.[7]?.trim() !== 'ready' || password === undefined) return undefined;
  return serverUrl(Number(lines[3]), password, database);
}
