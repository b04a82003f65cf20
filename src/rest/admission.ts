import type { NextFunction, Request, Response } from 'express';
import type { Server } from 'node:http';

import { ApplicationError } from '../errors.js';
import { sendProblem } from './problem.filter.js';
import { toProblem } from './problem.js';

const ALWAYS_ADMITTED = /^\/(health|metrics)\b/;
/** Milliseconds within which a body must have arrived whole, where it is not streamed. */
const BODY_TIME = 30_000;

/**
 * Who gets in: at most so many requests at a time, none of them with a body that trickles in, and after the stop each
 * connection only until its answer.
 */
export class Admission {
  private inFlight = 0;
  private stopping = false;

  constructor(
    private readonly maxInFlight: number,
    private readonly server: Pick<Server, 'closeIdleConnections'>,
  ) {}

  /** Express middleware; goes before whatever reads a body. */
  readonly admit = (request: Request, response: Response, next: NextFunction): void => {
    if (this.inFlight >= this.maxInFlight && !ALWAYS_ADMITTED.test(request.path)) {
      refuse(response);
      return;
    }
    this.inFlight += 1;
    if (this.stopping) response.setHeader('Connection', 'close');
    const timer = isJson(request) ? setTimeout(() => giveUp(request), BODY_TIME) : undefined;
    timer?.unref();
    response.once('close', () => {
      clearTimeout(timer);
      this.inFlight -= 1;
      // A connection that was busy when the server stopped is idle from here on, a moment after the answer.
      if (this.stopping) setImmediate(() => this.server.closeIdleConnections());
    });
    next();
  };

  /** From now on every answer ends its connection. */
  stop(): void {
    this.stopping = true;
  }
}

function refuse(response: Response): void {
  const error = new ApplicationError(
    'unavailable',
    'server_busy',
    'Too many requests are under way. Try again shortly.',
  );
  response.setHeader('Connection', 'close');
  sendProblem(response, toProblem(error), 1);
}

function isJson(request: Request): boolean {
  const type = request.headers['content-type'] ?? '';
  return type.includes('json') && !type.includes('ndjson');
}

function giveUp(request: Request): void {
  if (!request.complete) request.destroy();
}
