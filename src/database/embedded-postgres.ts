import { randomUUID } from 'node:crypto';
import { withFileLock } from '../config/file-lock.js';
import { ownIdentity, type ProcessIdentity } from '../config/process-identity.js';
import { findBinaries, type PostgresBinaries } from './embedded-postgres-binaries.js';
import { type DataPlace, ensureCluster, prepareDataPlace } from './embedded-postgres-data.js';
import { readRecord, type ServerRecord, type ServerUse, writeRecord } from './embedded-postgres-record.js';
import { findSurvivor, launchServer, type RunningServer, serverUrl, stopServer } from './embedded-postgres-server.js';

/** How to run the embedded server. */
export interface EmbeddedPostgresOptions {
  /** A directory of its own; as root it is given to the server's user. */
  dataDir: string;
  /** Port on 127.0.0.1; by default any free one. A server that already runs keeps its own. */
  port?: number;
  /** `false` trades the safety of the data for speed (tests). */
  durable?: boolean;
  /** Told, in one line each, what the user should know: where things were put, what was found. */
  log?: (line: string) => void;
  /** Settings of postgresql.conf that go before the defaults below. */
  settings?: Readonly<Record<string, string>>;
}

/** A running embedded server. */
export interface EmbeddedPostgres {
  /** Connection URL (superuser) of one of its databases. */
  url(database: string): string;
  /** Whether it was already running. */
  adopted: boolean;
  /** Where the data is: `dataDir`, or the place that it had to be moved to. */
  directory: string;
  /** Process id of the postmaster. */
  pid: number;
  /** Stops the server if this program owns it; may be called twice. */
  stop(): Promise<void>;
}

const defaults = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  // Partitioned tables take a lock for each partition and index.
  max_locks_per_transaction: '256',
  shared_buffers: '256MB',
  max_wal_size: '2GB',
  wal_compression: 'on',
  random_page_cost: '1.1',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // Statements and the values of violated keys hold numbers and texts, which no log may show.
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
};

const notDurable = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

function flagsFor(options: EmbeddedPostgresOptions): string[] {
  const settings = { ...defaults, ...(options.durable === false ? notDurable : {}), ...options.settings };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/**
 * Runs the PostgreSQL that comes with the dependencies, on localhost with a generated password. As root it runs as
 * `postgres` or `nobody`. The data survives; so does the server when its program is killed, and the next start adopts it.
 * A crashed server recovers. Programs that start together share one server.
 *
 * Of the programs that use a server the first one owns it and stops it for all; when it dies without a stop, ownership
 * passes to the next, so that no server is left behind for ever.
 *
 * @throws ApplicationError (unavailable) whose message says in one line what to do; the codes begin with
 *   `embedded_postgres_`, or are `lock_timeout`
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const log = options.log ?? (() => undefined);
  const place = prepareDataPlace(options.dataDir, log);
  const binaries = findBinaries(place.user, log);
  const use: ServerUse = { ...ownIdentity(), id: randomUUID() };
  return withFileLock(place.lockFile, async () => {
    const password = await ensureCluster(place, binaries, options.durable !== false);
    const survivor = await findSurvivor(place, password, readRecord(place)?.postmaster);
    if (survivor !== undefined) join(place, survivor.process, use, log);
    const server = survivor ?? (await launch(place, binaries, options, use));
    let stopping: Promise<void> | undefined;
    return {
      url: (database) => serverUrl(server.port, password, database),
      adopted: survivor !== undefined,
      directory: place.directory,
      pid: server.process.pid,
      stop: () => (stopping ??= leave(place, binaries, use.id)),
    };
  });
}

function join(place: DataPlace, postmaster: ProcessIdentity, use: ServerUse, log: (line: string) => void): void {
  const others = readRecord(place)?.uses ?? [];
  writeRecord(place, { postmaster, uses: [...others, use] });
  log(
    others.length === 0
      ? `PostgreSQL (process ${postmaster.pid}) had outlived its program: taken over`
      : `PostgreSQL (process ${postmaster.pid}) runs already, started by process ${others[0]?.pid}: shared`,
  );
}

async function launch(
  place: DataPlace,
  binaries: PostgresBinaries,
  options: EmbeddedPostgresOptions,
  use: ServerUse,
): Promise<RunningServer> {
  const record = (postmaster: ProcessIdentity): void => writeRecord(place, { postmaster, uses: [use] });
  return launchServer(place, binaries, options.port ?? 0, flagsFor(options), record);
}

/** Ends one use of the server, and the server with it when that use owns it. */
async function leave(place: DataPlace, binaries: PostgresBinaries, id: string): Promise<void> {
  await withFileLock(place.lockFile, async () => {
    const record = readRecord(place);
    if (record === undefined || !record.uses.some((use) => use.id === id)) return;
    const owner = record.uses[0]?.id === id;
    writeRecord(place, { ...record, uses: record.uses.filter((use) => use.id !== id) });
    if (owner) await stopServer(place, binaries, record.postmaster);
  });
}

/**
 * Stops the server of a directory whose programs have all died, such as a killed test run.
 *
 * @returns whether the directory is abandoned now: no program uses it and no server runs in it
 */
export async function stopAbandonedPostgres(directory: string): Promise<boolean> {
  const place = prepareDataPlace(directory, () => undefined);
  const abandoned = (): ServerRecord | undefined => {
    const record = readRecord(place);
    return record?.uses.length === 0 ? record : undefined;
  };
  if (abandoned() === undefined) return false;
  return withFileLock(place.lockFile, async () => {
    const record = abandoned();
    if (record === undefined) return false;
    await stopServer(
      place,
      findBinaries(place.user, () => undefined),
      record.postmaster,
    );
    return true;
  });
}
