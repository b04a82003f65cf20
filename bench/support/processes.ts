import fs from 'node:fs';

/** Ticks a second of the times in /proc: fixed on Linux, whatever the kernel's own clock. */
const TICKS = 100;

interface ProcessTimes {
  readonly pid: number;
  readonly parent: number;
  /** Seconds of CPU, user and system, of the process, and of children that have ended and were waited for. */
  readonly own: number;
  readonly ended: number;
}

/** Where /proc is missing (not Linux), CPU and memory are unknown, and shown as such. */
export const HAS_PROC = fs.existsSync('/proc/self/stat');

function readProcess(pid: number): ProcessTimes | undefined {
  try {
    const text = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name stands in parentheses and may hold blanks and parentheses itself.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const seconds = (index: number) => Number(fields[index]) / TICKS;
    return { pid, parent: Number(fields[1]), own: seconds(11) + seconds(12), ended: seconds(13) + seconds(14) };
  } catch {
    return undefined;
  }
}

function allProcesses(): ProcessTimes[] {
  return fs.readdirSync('/proc').flatMap((name) => {
    const process = /^\d+$/.test(name) ? readProcess(Number(name)) : undefined;
    return process === undefined ? [] : [process];
  });
}

/**
 * Seconds of CPU that processes have used so far, with all their descendants, those that have ended included.
 * @returns NaN without /proc
 */
export function cpuSeconds(roots: readonly number[]): number {
  if (!HAS_PROC) return Number.NaN;
  const processes = allProcesses();
  const children = new Map<number, ProcessTimes[]>();
  for (const process of processes) children.set(process.parent, [...(children.get(process.parent) ?? []), process]);
  const counted = new Set<number>();
  let seconds = 0;
  const count = (process: ProcessTimes): void => {
    if (counted.has(process.pid)) return;
    counted.add(process.pid);
    seconds += process.own + process.ended;
    for (const child of children.get(process.pid) ?? []) count(child);
  };
  for (const process of processes) if (roots.includes(process.pid)) count(process);
  return seconds;
}

/** Seconds of CPU that one process has used so far, its children left out; NaN when that is unknown. */
export function processCpuSeconds(pid: number): number {
  return readProcess(pid)?.own ?? Number.NaN;
}

/** Seconds of CPU that the whole machine has used since it started, all processors together. */
export function machineCpuSeconds(): number {
  if (!HAS_PROC) return Number.NaN;
  const [, ...fields] = fs.readFileSync('/proc/stat', 'latin1').split('\n')[0].split(/\s+/);
  const [user, nice, system, , , interrupt, softInterrupt, stolen] = fields.map(Number);
  return (user + nice + system + interrupt + softInterrupt + stolen) / TICKS;
}

/** Resident memory of a process in bytes; NaN when that is unknown. */
export function residentBytes(pid: number): number {
  try {
    const text = fs.readFileSync(`/proc/${pid}/status`, 'latin1');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1]) * 1024;
  } catch {
    return Number.NaN;
  }
}
