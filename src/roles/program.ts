import type { Logger } from 'pino';

import type { Config } from '../config/config.js';
import type { Role } from '../config/environment.js';
import type { RunningRole, Runtime } from '../runtime.js';
import { writeLocalFile } from './local-file.js';
import { prepare, type Prepared } from './prepare.js';

/** Starts a role. */
export type Start = (runtime: Runtime) => Promise<RunningRole>;

/** How each role starts, in the order of their start. */
export type Starters = readonly (readonly [Role, () => Promise<Start>])[];

/**
 * In the order of their start: each uses those before it, so it stops before them (the platform pushes to the callback
 * listener, the worker sends to the platform). Loaded only where they run.
 */
const STARTERS: Starters = [
  ['callback', async () => (await import('./callback.js')).startCallback],
  ['platform', async () => (await import('./platform.js')).startPlatform],
  ['api', async () => (await import('./api.js')).startApi],
  ['worker', async () => (await import('./worker.js')).startWorker],
];

/** A program whose roles run. */
export interface Program {
  readonly prepared: Prepared;
  /** Stops the roles, the last one first, and then the embedded PostgreSQL if this process owns it. */
  stop(): Promise<void>;
}

/** A stop was asked for before the roles ran. */
export class StartAborted extends Error {}

/**
 * Prepares what the roles need and starts those that the configuration names. When one fails, or a stop is asked for
 * meanwhile, the others are stopped.
 *
 * @throws StartAborted when `signal` said so
 * @throws ConfigError, ApplicationError in lines that say what to do
 */
export async function startProgram(
  config: Config,
  logger: Logger,
  signal: AbortSignal,
  starters: Starters = STARTERS,
): Promise<Program> {
  const prepared = await prepare(config, logger);
  const running: (readonly [Role, RunningRole])[] = [];
  let forget = (): void => undefined;
  const stop = async (): Promise<void> => {
    forget();
    for (const [role, started] of running.toReversed()) {
      await started.stop().catch((error: unknown) => logger.error({ err: error, role }, 'a role did not stop cleanly'));
    }
    await prepared.close().catch((error: unknown) => logger.error({ err: error }, 'PostgreSQL did not stop cleanly'));
  };
  try {
    for (const [role, load] of starters) {
      if (signal.aborted) throw new StartAborted();
      if (!config.roles.has(role)) continue;
      const start = await load();
      running.push([role, await start(prepared.runtime)]);
    }
    if (signal.aborted) throw new StartAborted();
    forget = writeLocalFile(prepared);
    return { prepared, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
