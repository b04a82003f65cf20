import { execFile, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { childEnvironment } from '../config/child-environment.js';
import { readIfExists, writePrivateFile } from '../config/private-file.js';
import { ApplicationError } from '../errors.js';
import type { PostgresBinaries, ServerUser } from './embedded-postgres-binaries.js';

/** Where one embedded server keeps its things, and who runs it. */
export interface DataPlace {
  directory: string;
  /** The PostgreSQL data directory. */
  cluster: string;
  passwordFile: string;
  logFile: string;
  /** Held while the server is started or stopped. */
  lockFile: string;
  /** The server and the programs that use it: embedded-postgres-record.ts. */
  recordFile: string;
  user: ServerUser | undefined;
}

/** How the programs of PostgreSQL are run: as whom, where, with which environment. */
export interface RunOptions {
  uid?: number;
  gid?: number;
  cwd: string;
  env: Record<string, string>;
}

const pointerName = 'moved-to';

function unavailable(code: string, message: string, cause?: unknown): ApplicationError {
  return new ApplicationError('unavailable', code, message, { cause });
}

/** PostgreSQL refuses to run as root: take `postgres` where there is one, else `nobody`. No user is created. */
function unprivilegedUser(): ServerUser {
  const users = (readIfExists('/etc/passwd') ?? '').split('\n').map((line) => line.split(':'));
  const found = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody');
  if (found === undefined) {
    throw unavailable(
      'embedded_postgres_no_user',
      'PostgreSQL does not run as root and there is neither a "postgres" nor a "nobody" user: run as an ordinary user.',
    );
  }
  return { uid: Number(found[2]), gid: Number(found[3]) };
}

/** A cluster that an ordinary user has made stays that user's, also when root starts it. */
function ownerOfCluster(directory: string): ServerUser | undefined {
  const stat = fs.statSync(path.join(directory, 'cluster'), { throwIfNoEntry: false });
  return stat === undefined || stat.uid === 0 ? undefined : { uid: stat.uid, gid: stat.gid };
}

function canWrite(directory: string, user: ServerUser): boolean {
  return spawnSync('test', ['-w', directory], { ...user, cwd: '/', stdio: 'ignore' }).status === 0;
}

/** As root: gives the directory to the server's user, or moves to a place that this user can reach. */
function placeForUser(requested: string, log: (line: string) => void): { directory: string; user: ServerUser } {
  const directory = readIfExists(path.join(requested, pointerName))?.trim() ?? requested;
  const user = ownerOfCluster(directory) ?? unprivilegedUser();
  if (!fs.existsSync(directory)) {
    throw unavailable(
      'embedded_postgres_data_missing',
      `${directory}, where the database was kept, is gone: restore it, or delete ${requested} to begin with an empty one.`,
    );
  }
  fs.chownSync(directory, user.uid, user.gid);
  if (canWrite(directory, user)) return { directory, user };
  fs.chownSync(directory, 0, 0);
  const moved = fs.mkdtempSync(path.join(fs.existsSync('/var/lib') ? '/var/lib' : '/var/tmp', 'cloudsms-database-'));
  fs.chownSync(moved, user.uid, user.gid);
  writePrivateFile(path.join(requested, pointerName), `${moved}\n`);
  log(`PostgreSQL runs as uid ${user.uid}, who can't enter ${requested}: the database is kept in ${moved}`);
  return { directory: moved, user };
}

/**
 * Prepares the directory for the embedded server. As root it becomes the server user's own; when that user can't reach it,
 * the data is kept under /var/lib instead, a file `moved-to` in `dataDir` names the place, and `log` says so.
 *
 * @throws ApplicationError `embedded_postgres_no_user` or `embedded_postgres_data_missing` (unavailable)
 */
export function prepareDataPlace(dataDir: string, log: (line: string) => void): DataPlace {
  const requested = path.resolve(dataDir);
  fs.mkdirSync(path.dirname(requested), { recursive: true });
  if (!fs.existsSync(requested)) fs.mkdirSync(requested, { recursive: true, mode: 0o700 });
  const { directory, user } =
    process.getuid?.() === 0 ? placeForUser(requested, log) : { directory: requested, user: undefined };
  return {
    directory,
    cluster: path.join(directory, 'cluster'),
    passwordFile: path.join(directory, 'password'),
    logFile: path.join(directory, 'postgres.log'),
    lockFile: path.join(directory, 'start.lock'),
    recordFile: path.join(directory, 'server.json'),
    user,
  };
}

/** As root: gives a file that we have written to the server's user, whose directory may be used without root later. */
export function giveToServerUser(place: DataPlace, file: string): void {
  if (place.user !== undefined) fs.chownSync(file, place.user.uid, place.user.gid);
}

/** Messages in English (they are matched), times in UTC. */
export function runOptions(place: DataPlace): RunOptions {
  return { ...place.user, cwd: place.directory, env: childEnvironment({ LC_ALL: 'C', TZ: 'UTC' }) };
}

async function initialise(place: DataPlace, binaries: PostgresBinaries, durable: boolean): Promise<void> {
  // Under another name until it is whole: an interrupted initdb is never taken for a cluster.
  const draft = path.join(place.directory, 'cluster.init');
  fs.rmSync(draft, { recursive: true, force: true });
  fs.rmSync(place.cluster, { recursive: true, force: true });
  writePrivateFile(place.passwordFile, `${randomBytes(24).toString('base64url')}\n`);
  giveToServerUser(place, place.passwordFile);
  const authentication = ['-A', 'scram-sha-256', `--pwfile=${place.passwordFile}`];
  // Checksums, as newer versions have them by default, whichever version it is.
  const flags = ['-D', draft, '-U', 'postgres', ...authentication, '-E', 'UTF8', '--locale=C', '--data-checksums'];
  try {
    await promisify(execFile)(binaries.program('initdb'), durable ? flags : [...flags, '--no-sync'], runOptions(place));
  } catch (error) {
    throw unavailable(
      'embedded_postgres_init_failed',
      `PostgreSQL could not create its data directory ${place.cluster}: see that there is space and that it can be written.`,
      error,
    );
  }
  fs.renameSync(draft, place.cluster);
}

/**
 * Makes the cluster when there is none, and gives the superuser's password.
 *
 * @throws ApplicationError (unavailable) `embedded_postgres_init_failed`, `embedded_postgres_version` when the data is
 *   another major version's, `embedded_postgres_data_unreadable` when it is another user's or has lost its password
 */
export async function ensureCluster(place: DataPlace, binaries: PostgresBinaries, durable: boolean): Promise<string> {
  try {
    const version = readIfExists(path.join(place.cluster, 'PG_VERSION'))?.trim();
    if (version === undefined) await initialise(place, binaries, durable);
    else if (version !== binaries.major) {
      throw unavailable(
        'embedded_postgres_version',
        `${place.cluster} holds data of PostgreSQL ${version}, not ${binaries.major}: dump it with the old one, or delete it.`,
      );
    }
    return fs.readFileSync(place.passwordFile, 'utf8').trim();
  } catch (error) {
    if (error instanceof ApplicationError) throw error;
    throw unavailable(
      'embedded_postgres_data_unreadable',
      `The database in ${place.directory} can't be read: run as the user who made it, or delete the directory.`,
      error,
    );
  }
}
