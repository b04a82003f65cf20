import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { childEnvironment } from '../../src/config/child-environment.js';
import type { LocalFile } from '../../src/roles/local-file.js';

/** What `DATA_DIR/local.json` tells scripts about a sandbox that runs all roles. */
export type Local = Required<LocalFile>;

/** How to run an instance of the program. */
export interface ProgramOptions {
  /** Path of the built `src/main.js`. */
  readonly main: string;
  readonly dataDir: string;
  /** Variables on top of free ports and the data directory; nothing else is inherited that could matter. */
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds until it must be ready. */
  readonly startTimeout?: number;
  /** A process group of its own: Ctrl-C in our terminal does not reach it. */
  readonly detached?: boolean;
  /** Gives the start up. */
  readonly signal?: AbortSignal;
}

/** A process of the program. */
export interface Launched {
  readonly process: ChildProcess;
  /** What it has printed so far, to stdout and stderr. */
  readonly output: () => string;
  /** The part of it that went to stderr. */
  readonly errors: () => string;
  /** Asks it to stop and waits until it has; gives its exit code. */
  stop(signal?: 'SIGTERM' | 'SIGINT'): Promise<number | null>;
  /** kill -9, and waits until it is gone. */
  kill(): Promise<void>;
}

/** An instance of the program that is ready. */
export interface Program extends Launched {
  readonly local: Local;
  readonly dataDir: string;
}

/** How a program ended that was not to run. */
export interface Ended {
  readonly code: number | null;
  /** What it printed to stderr. */
  readonly errors: string;
}

/** The program ended before it was ready, or took too long; the message carries all that it printed. */
export class ProgramStartError extends Error {
  constructor(what: string, output: string) {
    super(`The program ${what}:\n${output}`);
    this.name = 'ProgramStartError';
  }
}

const POLL = 25;
const START_TIMEOUT = 120_000;
const FREE_PORTS = { API_PORT: '0', CALLBACK_PORT: '0', PLATFORM_PORT: '0', PLATFORM_ADMIN_PORT: '0' };

/** Those that were started and have not ended: they must not outlive us. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGTERM');
});

/** A new directory for one instance, where the database's own user can enter even when we are root. */
export function createDataDirectory(prefix: string): string {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), prefix));
  fs.chmodSync(directory, 0o755);
  return directory;
}

/** Removes a data directory, and the place that its database was moved to if root had to move it. */
export function removeDataDirectory(directory: string): void {
  const pointers = fs.existsSync(directory)
    ? [directory, ...fs.readdirSync(directory).map((name) => path.join(directory, name))]
    : [];
  for (const pointer of pointers.map((at) => path.join(at, 'moved-to'))) {
    if (fs.existsSync(pointer)) fs.rmSync(fs.readFileSync(pointer, 'utf8').trim(), { recursive: true, force: true });
  }
  fs.rmSync(directory, { recursive: true, force: true });
}

/**
 * Starts the built program on free ports and waits until all its roles are ready.
 * @throws ProgramStartError when it ends before that, or is not ready in time
 * @throws AbortError when the signal says so; the program is stopped
 */
export async function startProgram(options: ProgramOptions): Promise<Program> {
  const file = path.join(options.dataDir, 'local.json');
  // One that a killed instance left behind would be taken for this one's.
  fs.rmSync(file, { force: true });
  const launched = launchProgram(options);
  const deadline = performance.now() + (options.startTimeout ?? START_TIMEOUT);
  while (!fs.existsSync(file)) {
    const { exitCode } = launched.process;
    if (hasEnded(launched.process)) {
      throw new ProgramStartError(`ended with code ${exitCode} before it was ready`, launched.output());
    }
    if (performance.now() > deadline) {
      await launched.kill();
      throw new ProgramStartError('was not ready in time', launched.output());
    }
    await waitOrStop(launched, options.signal);
  }
  const local = JSON.parse(fs.readFileSync(file, 'utf8')) as Local;
  return { ...launched, local, dataDir: options.dataDir };
}

/** Starts the built program where it is expected to refuse, and waits for its end. */
export async function runToEnd(options: ProgramOptions): Promise<Ended> {
  const { process: child, errors } = launchProgram(options);
  const timer = setTimeout(() => child.kill('SIGTERM'), options.startTimeout ?? START_TIMEOUT);
  await once(child, 'close');
  clearTimeout(timer);
  return { code: child.exitCode, errors: errors() };
}

/** Starts the built program and waits for nothing. */
export function launchProgram({ main, dataDir, env, detached }: ProgramOptions): Launched {
  const child = spawn(process.execPath, ['--enable-source-maps', main], {
    cwd: dataDir,
    env: childEnvironment({ DATA_DIR: dataDir, ...FREE_PORTS, ...env }),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: detached === true,
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
    errors += chunk;
  });
  return {
    process: child,
    output: () => output,
    errors: () => errors,
    stop: async (signal = 'SIGTERM') => {
      await end(child, signal);
      return child.exitCode;
    },
    kill: () => end(child, 'SIGKILL'),
  };
}

async function waitOrStop(launched: Launched, signal: AbortSignal | undefined): Promise<void> {
  try {
    await delay(POLL, undefined, { signal });
  } catch (error) {
    await launched.stop();
    throw error;
  }
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (hasEnded(child)) return;
  const closed = once(child, 'close');
  child.kill(signal);
  await closed;
}
