import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { ApplicationError } from '../errors.js';
import { readIfExists } from './private-file.js';
import { isRunning, ownIdentity, type ProcessIdentity } from './process-identity.js';

const pollMs = 25;
/** Removing a dead program's lock takes microseconds; a removal that is older was itself cut short. */
const staleRemovalMs = 10_000;

/** What a lock file holds: its holder, and a token of this one acquisition. */
interface Holder extends ProcessIdentity {
  token: string;
}

function parseHolder(content: string): Holder | undefined {
  try {
    const { pid, startedAt, token } = JSON.parse(content) as Partial<Holder>;
    return typeof pid === 'number' && typeof startedAt === 'string' && typeof token === 'string'
      ? { pid, startedAt, token }
      : undefined;
  } catch {
    return undefined;
  }
}

/** Creates the lock file with its content in one step (a hard link), so that no one ever sees an empty one. */
function tryCreate(file: string, content: string, token: string): boolean {
  const draft = `${file}.${token}`;
  fs.writeFileSync(draft, content, { mode: 0o600 });
  try {
    fs.linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    fs.rmSync(draft, { force: true });
  }
}

function heldByRunningProgram(file: string): boolean {
  const content = readIfExists(file);
  if (content === undefined) return false;
  const holder = parseHolder(content);
  return holder !== undefined && isRunning(holder);
}

/**
 * Removes a lock whose holder is dead. Only who holds the guard directory may do so, and looks again first: otherwise two
 * waiting programs could each remove "the dead lock", the second one being the first one's new lock.
 */
function removeIfAbandoned(file: string): void {
  if (!fs.existsSync(file) || heldByRunningProgram(file)) return;
  const guard = `${file}.removal`;
  try {
    fs.mkdirSync(guard);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const begun = fs.statSync(guard, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - begun > staleRemovalMs) fs.rmSync(guard, { recursive: true, force: true });
    return;
  }
  try {
    if (!heldByRunningProgram(file)) fs.rmSync(file, { force: true });
  } finally {
    fs.rmSync(guard, { recursive: true, force: true });
  }
}

/**
 * Runs `work` while this program holds the lock `file` (its directory must exist), so that start-up work of several
 * programs is done one after another. The lock of a program that died is taken over; it is not reentrant.
 *
 * @param patienceMs how long to wait for other programs
 * @throws ApplicationError `lock_timeout` (unavailable) when another program held the lock for too long
 */
export async function withFileLock<T>(file: string, work: () => Promise<T>, patienceMs = 120_000): Promise<T> {
  const token = randomBytes(9).toString('hex');
  const content = JSON.stringify({ ...ownIdentity(), token });
  const deadline = performance.now() + patienceMs;
  while (!tryCreate(file, content, token)) {
    if (performance.now() > deadline) {
      const pid = parseHolder(readIfExists(file) ?? '')?.pid ?? 'unknown';
      throw new ApplicationError(
        'unavailable',
        'lock_timeout',
        `Process ${pid} has held ${file} for too long: wait for it, or end it, and start again.`,
      );
    }
    removeIfAbandoned(file);
    await delay(pollMs);
  }
  try {
    return await work();
  } finally {
    if (parseHolder(readIfExists(file) ?? '')?.token === token) fs.rmSync(file, { force: true });
  }
}
