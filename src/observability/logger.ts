import type { LoggerService } from '@nestjs/common';
import { type Logger, pino } from 'pino';

/** Members that must never be logged in clear, wherever they turn up. */
const SECRET = [
  'authorization',
  'AUTH_KEY',
  'authKey',
  'apiKey',
  'key',
  'secret',
  'password',
  'text',
  'SMS_CONTENT',
  'msisdn',
  'DEST_MSISDN',
  'to',
  'MULTI_MSISDN_LIST',
];

interface LoggedError {
  type: string;
  message: string;
  code?: unknown;
  stack?: string;
  cause?: LoggedError;
}

/**
 * What of an error goes into the log: its kind, message, code, stack and cause. Other members do not: a database error
 * carries the row, a validation error the input.
 */
export function describeError(error: unknown, depth = 0): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error, message: 'something that is not an Error was thrown' };
  return {
    type: error.name,
    message: error.message,
    ...('code' in error ? { code: error.code } : {}),
    stack: error.stack,
    ...(error.cause !== undefined && depth < 5 ? { cause: describeError(error.cause, depth + 1) } : {}),
  };
}

/** The program's logger: one JSON object a line, with numbers, texts and keys taken out. */
export function createLogger(level: string, destination?: { write(line: string): void }): Logger {
  const options = {
    level,
    base: undefined,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: (error: unknown) => describeError(error) },
    redact: { paths: SECRET.flatMap((name) => [name, `*.${name}`]), censor: '[redacted]' },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/** Nest's own messages, through the program's logger. Its start-up chatter is debug. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...context: unknown[]): void {
    this.logger.debug({ context: context.at(-1) }, String(message));
  }

  error(message: unknown, ...context: unknown[]): void {
    if (message instanceof Error) this.logger.error({ err: message }, message.message);
    else
      this.logger.error(
        { context: context.at(-1), stack: context.length > 1 ? context[0] : undefined },
        String(message),
      );
  }

  warn(message: unknown, ...context: unknown[]): void {
    // Each role is an application of its own with its own default data source: nothing is overridden.
    if (context.at(-1) === 'DataSourceNameRegistry') return;
    this.logger.warn({ context: context.at(-1) }, String(message));
  }

  debug(message: unknown, ...context: unknown[]): void {
    this.logger.debug({ context: context.at(-1) }, String(message));
  }

  verbose(message: unknown, ...context: unknown[]): void {
    this.logger.trace({ context: context.at(-1) }, String(message));
  }
}
