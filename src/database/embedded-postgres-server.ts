import { execFile, spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { readIfExists } from '../config/private-file.js';
import { identifyProcess, isRunning, type ProcessIdentity } from '../config/process-identity.js';
import { ApplicationError } from '../errors.js';
import type { PostgresBinaries } from './embedded-postgres-binaries.js';
import { type DataPlace, giveToServerUser, runOptions } from './embedded-postgres-data.js';

/** A postmaster that accepts connections. */
export interface RunningServer {
  process: ProcessIdentity;
  port: number;
}

/** What a postmaster says of itself in postmaster.pid. */
interface PostmasterFile {
  pid: number;
  port: number;
  /** `starting`, `ready`, `stopping`, `standby`: what pg_ctl looks at. Empty in the first moment. */
  status: string;
}

const pollMs = 20;
/** Recovery after a crash can take this long on a slow disk. */
const startDeadlineMs = 120_000;
/** Backends of a killed postmaster end with their current statement. */
const leftoverDeadlineMs = 60_000;
const logLimit = 10_000_000;

function unavailable(code: string, message: string, cause?: unknown): ApplicationError {
  return new ApplicationError('unavailable', code, message, { cause });
}

const pidFileOf = (place: DataPlace): string => path.join(place.cluster, 'postmaster.pid');

function readPostmasterFile(place: DataPlace): PostmasterFile | undefined {
  const lines = readIfExists(pidFileOf(place))?.split('\n');
  const pid = Number(lines?.[0]);
  return lines === undefined || !(pid > 0)
    ? undefined
    : { pid, port: Number(lines[3]), status: lines[7]?.trim() ?? '' };
}

/** The superuser's URL of a database of the server on this port. */
export function serverUrl(port: number, password: string, database: string): string {
  return `postgres://postgres:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
}

/** Whether the server on this port is the one that keeps its data here: a pid alone may have been given to another program. */
async function servesThisPlace(place: DataPlace, port: number, password: string): Promise<boolean> {
  const client = new Client({
    connectionString: serverUrl(port, password, 'postgres'),
    connectionTimeoutMillis: 5000,
  });
  try {
    await client.connect();
    const { rows } = await client.query<{ directory: string }>(`select current_setting('data_directory') as directory`);
    return fs.realpathSync(rows[0]?.directory ?? '') === fs.realpathSync(place.cluster);
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * The server that outlived its program, once it is ready; undefined when there is none.
 *
 * @param known the postmaster as our record has it
 * @throws ApplicationError `embedded_postgres_busy` (unavailable) when it neither becomes ready nor ends
 */
export async function findSurvivor(
  place: DataPlace,
  password: string,
  known: ProcessIdentity | undefined,
): Promise<RunningServer | undefined> {
  const deadline = performance.now() + startDeadlineMs;
  while (performance.now() < deadline) {
    const file = readPostmasterFile(place);
    const found = file === undefined ? undefined : identifyProcess(file.pid);
    if (file === undefined || found === undefined) return undefined;
    if (known?.pid === file.pid && !isRunning(known)) return undefined;
    if (file.status === 'ready' && (await servesThisPlace(place, file.port, password))) {
      return { process: found, port: file.port };
    }
    // Nobody has written down this pid, and no server of ours answers: it is another program's by now.
    if (known?.pid !== file.pid) return undefined;
    await delay(pollMs);
  }
  throw unavailable(
    'embedded_postgres_busy',
    `The database server in ${place.directory} does not get ready (see ${place.logFile}): try again in a while.`,
  );
}

/**
 * A killed postmaster leaves its pid in the cluster. PostgreSQL would refuse to start while that pid seems alive (recycled,
 * or a zombie that nobody reaps). It takes its own parent's pid for such a leftover, and still checks by the shared memory
 * named in that file that no backend survives: so the file keeps everything but the pid.
 */
function disownPid(place: DataPlace): void {
  const content = readIfExists(pidFileOf(place));
  if (content === undefined || process.platform === 'win32') return;
  fs.writeFileSync(pidFileOf(place), content.replace(/^\d+/, String(process.pid)));
}

async function freePort(): Promise<number> {
  const probe = net.createServer();
  return new Promise((resolve, reject) => {
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as net.AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

/** The log goes to a file, not to a pipe: the server may outlive this process. */
function openLog(place: DataPlace): { descriptor: number; since: () => string } {
  const size = fs.statSync(place.logFile, { throwIfNoEntry: false })?.size ?? 0;
  const rotate = size > logLimit;
  if (rotate) fs.renameSync(place.logFile, `${place.logFile}.1`);
  const descriptor = fs.openSync(place.logFile, 'a', 0o600);
  giveToServerUser(place, place.logFile);
  const since = (): string =>
    fs
      .readFileSync(place.logFile)
      .subarray(rotate ? 0 : size)
      .toString('utf8');
  return { descriptor, since };
}

/** How an attempt to start ended; `log` is what the server wrote meanwhile. */
type Attempt = { server: RunningServer } | { server: undefined; log: string };

async function tryStart(
  place: DataPlace,
  binaries: PostgresBinaries,
  port: number,
  flags: readonly string[],
  onSpawn: (postmaster: ProcessIdentity) => void,
): Promise<Attempt> {
  disownPid(place);
  const { descriptor, since } = openLog(place);
  // Detached: a Ctrl-C in the terminal must not stop the database before the application has drained.
  const child = spawn(binaries.program('postgres'), ['-D', place.cluster, '-p', String(port), ...flags], {
    ...runOptions(place),
    stdio: ['ignore', descriptor, descriptor],
    detached: true,
    windowsHide: true,
  });
  fs.closeSync(descriptor);
  const outcome: { ended?: string } = {};
  child.once('error', (error) => (outcome.ended = error.message));
  child.once('exit', (code, signal) => (outcome.ended = `it ended with ${signal ?? code}`));
  child.unref();
  const postmaster = child.pid === undefined ? undefined : identifyProcess(child.pid);
  if (postmaster !== undefined) onSpawn(postmaster);
  const deadline = performance.now() + startDeadlineMs;
  while (outcome.ended === undefined && performance.now() < deadline) {
    const file = readPostmasterFile(place);
    if (file !== undefined && file.pid === postmaster?.pid && file.status === 'ready') {
      return { server: { process: postmaster, port } };
    }
    await delay(pollMs);
  }
  return { server: undefined, log: `${since().slice(-4000)}${outcome.ended ?? 'it was not ready in time'}` };
}

/**
 * Starts the server and waits until it accepts connections. Backends that a killed postmaster has left are waited for.
 *
 * @param port 0 for any free one
 * @param onSpawn told the postmaster before it is ready, so that it can be found again if this program dies now
 * @throws ApplicationError (unavailable) `embedded_postgres_start_failed`, `embedded_postgres_port_in_use`,
 *   `embedded_postgres_busy`
 */
export async function launchServer(
  place: DataPlace,
  binaries: PostgresBinaries,
  port: number,
  flags: readonly string[],
  onSpawn: (postmaster: ProcessIdentity) => void,
): Promise<RunningServer> {
  const deadline = performance.now() + leftoverDeadlineMs;
  for (;;) {
    const attempt = await tryStart(place, binaries, port === 0 ? await freePort() : port, flags, onSpawn);
    if (attempt.server !== undefined) return attempt.server;
    const cause = new Error(attempt.log);
    const leftovers = attempt.log.includes('pre-existing shared memory block');
    const portTaken = attempt.log.includes('could not create any TCP/IP sockets');
    if (portTaken && port !== 0) {
      throw unavailable(
        'embedded_postgres_port_in_use',
        `Port ${port} of 127.0.0.1 is taken: end the program that uses it, or configure another port.`,
        cause,
      );
    }
    if (!leftovers && !portTaken) {
      throw unavailable(
        'embedded_postgres_start_failed',
        `PostgreSQL did not start: ${place.logFile} says why.`,
        cause,
      );
    }
    if (performance.now() > deadline) {
      throw unavailable(
        'embedded_postgres_busy',
        `Processes of an earlier server still work on ${place.cluster}: wait for them, or end them, and start again.`,
        cause,
      );
    }
    await delay(100);
  }
}

/**
 * Stops the server: connections are closed at once, the data is left clean. A server that has already ended is fine.
 *
 * @throws ApplicationError `embedded_postgres_stop_failed` (unavailable)
 */
export async function stopServer(
  place: DataPlace,
  binaries: PostgresBinaries,
  postmaster: ProcessIdentity,
): Promise<void> {
  for (const mode of ['fast', 'immediate']) {
    if (!isRunning(postmaster)) return;
    const flags = ['-D', place.cluster, 'stop', '-m', mode, '-w', '-t', '30'];
    // Its failure shows in the server still running.
    await promisify(execFile)(binaries.program('pg_ctl'), flags, runOptions(place)).catch(() => undefined);
  }
  if (!isRunning(postmaster)) return;
  throw unavailable(
    'embedded_postgres_stop_failed',
    `PostgreSQL (process ${postmaster.pid}) did not stop: ${place.logFile} may say why; end that process.`,
  );
}
