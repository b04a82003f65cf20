import type { NextFunction, Request, Response } from 'express';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
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

/** The id of a request, which the answer carries: the caller's own, if it has the form of one. */
export function requestIdOf(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && ACCEPTABLE_ID.test(given) ? given : randomUUID();
}

/** Express middleware: gives every request an id. */
export function identify(request: Request, response: Response, next: NextFunction): void {
  response.setHeader('X-Request-Id', requestIdOf(request));
  next();
}

/** Logs one line a request when it is over, without its address, query, headers and body. */
export class RequestLog {
  private readonly logger: Logger;

  constructor(
    logger: Logger,
    private readonly observe: (request: AnsweredRequest) => void,
  ) {
    // Nothing that a line here holds is a secret: it need not be searched for any.
    this.logger = logger.child({}, { redact: [] });
  }

  /** Express middleware. */
  readonly follow = (request: Request, response: Response, next: NextFunction): void => {
    const startedAt = performance.now();
    response.once('close', () => {
      const requestId = response.getHeader('X-Request-Id') as string;
      this.over(request, response, { route: routeOf(request), requestId, startedAt });
    });
    next();
  };

  /** A request is over: its answer is out, or its caller is gone. */
  over(
    request: IncomingMessage,
    response: ServerResponse,
    { route, requestId, startedAt }: { route: string; requestId: string; startedAt: number },
  ): void {
    const seconds = (performance.now() - startedAt) / 1000;
    const method = request.method ?? '';
    // The code that proxies log when the caller went away before the answer.
    const status = response.writableFinished ? response.statusCode : 499;
    this.observe({ method, route, status, seconds });
    const entry = { requestId, method, route, status, ms: Math.round(seconds * 1000) };
    if (ROUTINE.test(route)) this.logger.debug(entry, 'request');
    else this.logger.info(entry, 'request');
  }
}

function routeOf(request: Request): string {
  const route = request.route as { path?: unknown } | undefined;
  return typeof route?.path === 'string' ? route.path : 'none';
}
