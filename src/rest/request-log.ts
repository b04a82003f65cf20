import type { NextFunction, Request, Response } from 'express';
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';

/** One request that was answered, or that its caller gave up. */
export interface AnsweredRequest {
  readonly method: string;
  /** The route's pattern, never the address itself: addresses and query strings carry numbers. */
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
}

const ACCEPTABLE_ID = /^[\w.:-]{1,64}$/;
/** Asked every few seconds by machines: not worth a line each. */
const ROUTINE = /^\/(health|metrics)\b/;

/** Gives every request an id (the caller's own, if it has the form of one), which the answer carries. */
export function identify(request: Request, response: Response, next: NextFunction): void {
  const given = request.headers['x-request-id'];
  response.setHeader('X-Request-Id', typeof given === 'string' && ACCEPTABLE_ID.test(given) ? given : randomUUID());
  next();
}

/** Logs one line a request when it is over, without its address, query, headers and body. */
export function logRequests(logger: Logger, observe: (request: AnsweredRequest) => void) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const startedAt = performance.now();
    response.once('close', () => {
      const seconds = (performance.now() - startedAt) / 1000;
      const answered = {
        method: request.method,
        route: routeOf(request),
        // The code that proxies log when the caller went away before the answer.
        status: response.writableFinished ? response.statusCode : 499,
        seconds,
      };
      observe(answered);
      const entry = {
        requestId: response.getHeader('X-Request-Id'),
        method: answered.method,
        route: answered.route,
        status: answered.status,
        ms: Math.round(seconds * 1000),
      };
      if (ROUTINE.test(answered.route)) logger.debug(entry, 'request');
      else logger.info(entry, 'request');
    });
    next();
  };
}

function routeOf(request: Request): string {
  const route = request.route as { path?: unknown } | undefined;
  return typeof route?.path === 'string' ? route.path : 'none';
}
