import { type ArgumentsHost, Catch, type ExceptionFilter, NotFoundException } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { ServerResponse } from 'node:http';
import type { Logger } from 'pino';

import { ApplicationError } from '../errors.js';
import { allowedMethods } from './allowed-methods.js';
import { problem, type Problem, toProblem } from './problem.js';

/** Answers a request with a problem: status, `application/problem+json`, and the headers that go with it. */
export function sendProblem(response: ServerResponse, body: Problem, retryAfter?: number): void {
  if (response.headersSent) {
    // The answer is half out: breaking it off is the only way left to say that it is not whole.
    response.destroy();
    return;
  }
  if (retryAfter !== undefined) response.setHeader('Retry-After', Math.max(1, Math.ceil(retryAfter)));
  if (body.status === 401) response.setHeader('WWW-Authenticate', 'Bearer realm="cloudsms"');
  if (body.code === 'insufficient_scope') {
    response.setHeader('WWW-Authenticate', 'Bearer realm="cloudsms", error="insufficient_scope"');
  }
  const text = JSON.stringify(body);
  response.statusCode = body.status;
  response.setHeader('Content-Type', 'application/problem+json; charset=utf-8');
  response.setHeader('Content-Length', Buffer.byteLength(text));
  response.end(text);
}

/**
 * Turns every error of an HTTP API into a problem (RFC 9457), once, here. Faults of ours are logged with their stack under
 * the request's id, which the answer carries; the caller's are not: they may quote what he sent.
 */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<Request>();
    const response = http.getResponse<Response>();
    const allowed = isRouteMiss(error, request) ? allowedMethods(request) : [];
    if (allowed.length > 0) {
      response.setHeader('Allow', allowed.join(', '));
      sendProblem(response, problem(405, 'method_not_allowed', `This address answers to ${allowed.join(', ')} only.`));
      return;
    }
    this.answer(error, response);
  }

  /** Answers a request that ended with an error. */
  answer(error: unknown, response: ServerResponse): void {
    const body = toProblem(error);
    const retryAfter = error instanceof ApplicationError ? error.retryAfter : undefined;
    sendProblem(response, this.logged(error, body, response), retryAfter);
  }

  /** Logs what needs looking at and names the request in the answer to it. */
  private logged(error: unknown, body: Problem, response: ServerResponse): Problem {
    if (body.status < 500) return body;
    const requestId = String(response.getHeader('X-Request-Id') ?? '');
    const entry = { err: error, requestId, code: body.code };
    if (body.status === 500) this.logger.error(entry, 'a request failed');
    else this.logger.warn(entry, 'a request could not be served');
    return requestId === '' ? body : { ...body, instance: `urn:cloudsms:request:${requestId}` };
  }
}

/** Whether no route took the request, as opposed to a route that did not find something. */
function isRouteMiss(error: unknown, request: Request): boolean {
  return error instanceof NotFoundException && (request.route as unknown) === undefined;
}
