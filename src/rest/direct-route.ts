import { RequestMethod, type Type } from '@nestjs/common';
import { HEADERS_METADATA, HTTP_CODE_METADATA, METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import type { IncomingHttpHeaders, IncomingMessage, RequestListener, ServerResponse } from 'node:http';

import { type Admission, refuseBusy } from './admission.js';
import { hasPlainJson, readPlainJson } from './json-body.js';
import type { ProblemFilter } from './problem.filter.js';
import { requestIdOf, type RequestLog } from './request-log.js';
import { type Header, SECURITY_HEADERS } from './security-headers.js';

/** What a direct route is given. */
export interface DirectRequest {
  readonly headers: IncomingHttpHeaders;
  /** `X-Request-Id` of the answer. */
  readonly requestId: string;
  readonly body: object;
}

/** A route of a controller that is served on the short way, too. */
export interface DirectRoute {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly headers: readonly Header[];
  /** Returns the body of the answer; what it throws becomes a problem. */
  readonly serve: (request: DirectRequest) => Promise<string>;
}

/**
 * The short way to a method of a controller. Address, status and headers are read from the method's decorators; what its guards
 * and pipes would do is for `serve` to do.
 * @param name of the method
 */
export function directRoute<Controller extends object>(
  controller: Type<Controller>,
  name: keyof Controller & string,
  serve: DirectRoute['serve'],
): DirectRoute {
  const handler = controller.prototype[name] as object;
  const own = Reflect.getMetadata(PATH_METADATA, handler) as string;
  const named = (Reflect.getMetadata(HEADERS_METADATA, handler) ?? []) as { name: string; value: string }[];
  return {
    method: RequestMethod[Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod],
    path: ['', Reflect.getMetadata(PATH_METADATA, controller) as string, own].join('/').replace(/\/+$/, ''),
    status: Reflect.getMetadata(HTTP_CODE_METADATA, handler) as number,
    headers: named.map(({ name, value }) => [name, value]),
    serve,
  };
}

/** What every request goes through, whichever way it takes. */
export interface RequestRules {
  readonly admission: Admission;
  readonly log: RequestLog;
  readonly problems: ProblemFilter;
}

/**
 * The short way (docs/decisions/0034-direct-routes.md): plain JSON requests to the exact address of a direct route are served
 * without Express's middleware and Nest's chain, by the same rules and with the same answers. Everything else goes on to Express.
 */
export class DirectRoutes {
  private readonly routes: ReadonlyMap<string, Served>;

  constructor(
    routes: readonly DirectRoute[],
    private readonly rules: RequestRules,
    private readonly express: RequestListener,
  ) {
    this.routes = new Map(routes.map((route) => [route.path, served(route)]));
  }

  /** Of the server's event `request`. */
  readonly listener: RequestListener = (request, response) => {
    const served = this.routes.get(request.url ?? '');
    if (served === undefined || served.route.method !== request.method || !hasPlainJson(request)) {
      this.express(request, response);
      return;
    }
    void this.serve(served, request, response);
  };

  private async serve({ route, head }: Served, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { admission, log } = this.rules;
    const startedAt = performance.now();
    const requestId = requestIdOf(request);
    const admitted = admission.enter(request, response);
    response.on('close', () => {
      log.over(request, response, { route: route.path, requestId, startedAt });
      if (admitted) admission.leave(request);
    });
    if (!admitted) {
      response.setHeader('X-Request-Id', requestId);
      refuseBusy(response);
      return;
    }
    try {
      const body = await readPlainJson(request);
      const text = await route.serve({ headers: request.headers, requestId, body });
      send(response, route.status, [...head, 'X-Request-Id', requestId], text);
    } catch (error) {
      this.refuse(error, requestId, response);
    }
  }

  private refuse(error: unknown, requestId: string, response: ServerResponse): void {
    if (!response.headersSent) {
      for (const [name, value] of SECURITY_HEADERS) response.setHeader(name, value);
      response.setHeader('X-Request-Id', requestId);
    }
    this.rules.problems.answer(error, response);
  }
}

interface Served {
  readonly route: DirectRoute;
  /** Names and values by turns, as `writeHead` takes them. */
  readonly head: readonly string[];
}

function served(route: DirectRoute): Served {
  return { route, head: [...SECURITY_HEADERS, ...route.headers].flat() };
}

function send(response: ServerResponse, status: number, head: string[], text: string): void {
  head.push('Content-Length', String(Buffer.byteLength(text)));
  response.writeHead(status, head);
  response.end(text);
}
