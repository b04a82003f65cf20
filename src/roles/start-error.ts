import { ConfigError } from '../config/config.js';
import { ApplicationError } from '../errors.js';

/** What to tell whoever starts the program when it does not: lines that say what to do, without a stack. */
export function startErrorLines(error: unknown): readonly string[] {
  if (error instanceof ConfigError) return error.faults;
  if (error instanceof ApplicationError) return [oneLine(error.message)];
  const message = error instanceof Error ? error.message : String(error);
  return [`the start failed: ${oneLine(message)} (LOG_LEVEL=debug shows where)`];
}

const oneLine = (text: string): string => text.split('\n', 1)[0] ?? '';
