import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import { OLDEST_SERVER } from '../../src/database/check-server.js';
import type { EmbeddedPostgres } from '../../src/database/embedded-postgres.js';
import type { PostgresBinaries } from '../../src/database/embedded-postgres-binaries.js';
import { ensureCluster, prepareDataPlace } from '../../src/database/embedded-postgres-data.js';
import { launchServer, serverUrl, stopServer } from '../../src/database/embedded-postgres-server.js';

/** What the embedded server is given as well, but for what it needs in order to be embedded. */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  max_locks_per_transaction: '256',
  shared_buffers: '256MB',
  max_wal_size: '2GB',
  wal_compression: 'on',
  random_page_cost: '1.1',
  timezone: 'UTC',
};

/** Where packages put a major version's programs: Debian's, and Red Hat's. */
const PLACES = [
  { parent: '/usr/lib/postgresql', name: /^(\d+)$/ },
  { parent: '/usr', name: /^pgsql-(\d+)$/ },
];

/**
 * The directory of the programs of the newest PostgreSQL that is installed on this machine, and new enough for the gateway.
 *
 * @returns undefined: there is none
 */
export function newestInstalled(): string | undefined {
  const found = PLACES.filter(({ parent }) => fs.existsSync(parent)).flatMap(({ parent, name }) =>
    fs.readdirSync(parent).map((entry) => ({
      major: Number(name.exec(entry)?.[1] ?? 0),
      programs: path.join(parent, entry, 'bin'),
    })),
  );
  return found
    .filter(({ major, programs }) => major >= OLDEST_SERVER && fs.existsSync(path.join(programs, 'initdb')))
    .sort((one, other) => other.major - one.major)
    .at(0)?.programs;
}

/**
 * Runs a PostgreSQL that is installed on this machine, with a cluster of the bench's own: the embedded one is compiled for
 * size, which costs CPU that no production server would.
 *
 * @param programs directory of `initdb`, `postgres` and `pg_ctl`
 * @throws Error when there is none in that directory; ApplicationError when it does not start
 */
export async function startInstalledPostgres(
  programs: string,
  dataDir: string,
  settings: Readonly<Record<string, string>>,
): Promise<EmbeddedPostgres> {
  const binaries = findInstalled(programs);
  const place = prepareDataPlace(dataDir, () => undefined);
  const password = await ensureCluster(place, binaries, true);
  const flags = Object.entries({ ...SETTINGS, ...settings }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = await launchServer(place, binaries, 0, flags, () => undefined);
  return {
    url: (database) => serverUrl(server.port, password, database),
    adopted: false,
    directory: place.directory,
    pid: server.process.pid,
    stop: () => stopServer(place, binaries, server.process),
  };
}

function findInstalled(programs: string): PostgresBinaries {
  const program = (name: string): string => path.join(programs, name);
  const { stdout } = spawnSync(program('postgres'), ['--version'], { encoding: 'utf8' });
  const version = /\d+(\.\d+)?/.exec(stdout ?? '')?.[0];
  if (version === undefined) throw new Error(`there is no PostgreSQL in ${programs}`);
  return { version, major: version.split('.')[0], program };
}
