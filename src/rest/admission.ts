import type { NextFunction, Request, Response } from 'express';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';

import { ApplicationError } from '../errors.js';
import { sendProblem } from './problem.filter.js';
import { toProblem } from './problem.js';

const ALWAYS_ADMITTED = /^\/(health|metrics)\b/;
/** Milliseconds within which a body must have arrived whole, where it is not streamed. */
const BODY_TIME = 30_000;
/** Milliseconds between two looks at the bodies that are on their way: one timer for all, not one a request. */
const LOOK_TIME = 1_000;

/**
 * Who gets in: at most so many requests at a time, none of them with a body that trickles in, and after the stop each
 * connection only until its answer.
 */
export class Admission {
  private inFlight = 0;
  private stopping = false;
  /** Requests whose body must arrive in time, by the order of their coming, and when they came. */
  private readonly arriving = new Map<IncomingMessage, number>();
  private readonly looking: NodeJS.Timeout;

  constructor(
    private readonly maxInFlight: number,
    private readonly server: Pick<Server, 'closeIdleConnections'>,
  ) {
    this.looking = setInterval(() => this.giveUpSlow(performance.now() - BODY_TIME), LOOK_TIME).unref();
  }

  /** Express middleware; goes before whatever reads a body. */
  readonly admit = (request: Request, response: Response, next: NextFunction): void => {
    if (!this.enter(request, response)) {
      refuseBusy(response);
      return;
    }
    response.once('close', () => this.leave(request));
    next();
  };

  /** Whether a request is let in: then its end must be told to `leave`. If not, `refuseBusy` is its answer. */
  enter(request: IncomingMessage, response: ServerResponse): boolean {
    if (this.inFlight >= this.maxInFlight && !ALWAYS_ADMITTED.test(request.url ?? '')) return false;
    this.inFlight += 1;
    if (this.stopping) response.setHeader('Connection', 'close');
    if (isJson(request)) this.arriving.set(request, performance.now());
    return true;
  }

  /** A request that was let in is over. */
  leave(request: IncomingMessage): void {
    this.arriving.delete(request);
    this.inFlight -= 1;
    // A connection that was busy when the server stopped is idle from here on, a moment after the answer.
    if (this.stopping) setImmediate(() => this.server.closeIdleConnections());
  }

  /** From now on every answer ends its connection. */
  stop(): void {
    this.stopping = true;
  }

  /** Nothing is looked after any more: the server is closed. */
  end(): void {
    clearInterval(this.looking);
  }

  private giveUpSlow(since: number): void {
    for (const [request, cameAt] of this.arriving) {
      if (cameAt > since) return;
      this.arriving.delete(request);
      if (!request.complete) request.destroy();
    }
  }
}

/** Answers a request that is not let in. */
export function refuseBusy(response: ServerResponse): void {
  const error = new ApplicationError(
    'unavailable',
    'server_busy',
    'Too many requests are under way. Try again shortly.',
  );
  response.setHeader('Connection', 'close');
  sendProblem(response, toProblem(error), 1);
}

function isJson(request: IncomingMessage): boolean {
  const type = request.headers['content-type'] ?? '';
  return type.includes('json') && !type.includes('ndjson');
}
