import { execFileSync } from 'node:child_process';
import fs from 'node:fs';

/** A process, told apart from a later one that was given the same pid. */
export interface ProcessIdentity {
  pid: number;
  /** When it started, in the system's own words; compared, never read. Empty where the system does not tell. */
  startedAt: string;
}

/** Whether a signal could be sent to this pid, by us or by another user. */
function signalable(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function readOrEmpty(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}

/** proc(5): the fields after the command's closing parenthesis start with the state (3); the start time is field 22. */
function linuxIdentity(pid: number): ProcessIdentity | undefined {
  const stat = readOrEmpty(`/proc/${pid}/stat`);
  if (stat === '') return signalable(pid) ? { pid, startedAt: '' } : undefined;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // A killed process that nobody reaps (Node as PID 1 of a container) stays as a zombie: dead all the same.
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
  return { pid, startedAt: `${readOrEmpty('/proc/sys/kernel/random/boot_id')}/${fields[19] ?? ''}` };
}

function darwinIdentity(pid: number): ProcessIdentity | undefined {
  if (!signalable(pid)) return undefined;
  try {
    const [, state = '', startedAt = ''] =
      /^\s*(\S+)\s+(.*\S)/.exec(
        execFileSync('/bin/ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' }),
      ) ?? [];
    return state.startsWith('Z') ? undefined : { pid, startedAt };
  } catch {
    // ps answers 1 when the process has gone meanwhile.
    return undefined;
  }
}

/** The process that has this pid now; undefined when there is none, or only a zombie. */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  if (process.platform === 'linux') return linuxIdentity(pid);
  if (process.platform === 'darwin') return darwinIdentity(pid);
  return signalable(pid) ? { pid, startedAt: '' } : undefined;
}

/** Whether this very process still runs. A recycled pid counts as gone wherever the system tells start times. */
export function isRunning(known: ProcessIdentity): boolean {
  const now = identifyProcess(known.pid);
  if (now === undefined) return false;
  return now.startedAt === '' || known.startedAt === '' || now.startedAt === known.startedAt;
}

/** The identity of this process. */
export function ownIdentity(): ProcessIdentity {
  return identifyProcess(process.pid) ?? { pid: process.pid, startedAt: '' };
}
