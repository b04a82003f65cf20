import 'reflect-metadata';

import { setFlagsFromString } from 'node:v8';
import type { Logger } from 'pino';

import { loadProcessConfig } from './config/process-config.js';
import { createLogger } from './observability/logger.js';
import { banner } from './roles/banner.js';
import { describeLocally } from './roles/local-file.js';
import { type Program, StartAborted, startProgram } from './roles/program.js';
import { startErrorLines } from './roles/start-error.js';

/**
 * By how many percent of what lives the old generation may grow before it is collected. By itself V8 lets it triple, since most
 * of what is under way dies there: memory would follow the traffic for half a million messages, an upload of a million rows would
 * take 360 MB in place of 190, and it is as fast without.
 */
const HEAP_GROWTH = 50;
/** Milliseconds that a stop may take beyond the time that an ANSWER may. */
const STOP_TIME = 30_000;
/** npm hands Ctrl-C on to a program that got it from the terminal as well: two signals this close are one. */
const SAME_SIGNAL = 500;

/** Runs the roles that the environment names until a signal comes; resolves to the exit code. */
async function run(): Promise<number> {
  const config = loadProcessConfig();
  const logger = createLogger(config.logLevel);
  const stopping = new AbortController();
  const ended = new Promise<number>((resolve) => {
    endBySignal(logger, stopping, () => resolve(0));
    endByDefect(logger, stopping, () => resolve(1));
  });
  const program = await start(logger, () => startProgram(config, logger, stopping.signal));
  if (program === undefined) return ended;
  announce(program);
  const code = await ended;
  setTimeout(() => abandon(logger), config.uip.answerTimeout + STOP_TIME).unref();
  await program.stop();
  logger.info('stopped');
  return code;
}

/** Undefined: a stop was asked for meanwhile, and what had been started is stopped. */
async function start(logger: Logger, startAll: () => Promise<Program>): Promise<Program | undefined> {
  try {
    return await startAll();
  } catch (error) {
    if (error instanceof StartAborted) return undefined;
    logger.debug({ err: error }, 'the start failed');
    throw error;
  }
}

function announce({ prepared }: Program): void {
  const { config, logger, addresses } = prepared.runtime;
  logger.info({ roles: [...config.roles], ...addresses }, 'ready');
  const listens = Object.keys(addresses).length > 0;
  if (config.sandbox && listens)
    process.stdout.write(banner(describeLocally(prepared), process.stdout.isTTY && coloured()));
}

/** Whether the terminal shows emphasis, and the user has not said that it should not. */
const coloured = (): boolean => process.stdout.hasColors();

function endBySignal(logger: Logger, stopping: AbortController, end: () => void): void {
  let first: number | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    const now = performance.now();
    if (first === undefined) {
      first = now;
      logger.info({ signal }, 'stopping; once more to force it');
      stopping.abort();
      end();
    } else if (now - first > SAME_SIGNAL) {
      process.exit(130);
    }
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
}

/** An error that nobody caught leaves the program in a state that nobody knows: it ends, as orderly as it can. */
function endByDefect(logger: Logger, stopping: AbortController, end: () => void): void {
  const onDefect = (error: unknown): void => {
    logger.fatal({ err: error }, 'an error that nobody caught');
    stopping.abort();
    end();
  };
  process.on('uncaughtException', onDefect);
  process.on('unhandledRejection', onDefect);
}

function abandon(logger: Logger): void {
  logger.error('the stop takes too long: what is left is abandoned');
  process.exit(1);
}

try {
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWTH}`);
  process.exit(await run());
} catch (error) {
  process.stderr.write(`${startErrorLines(error).join('\n')}\n`);
  process.exit(1);
}
