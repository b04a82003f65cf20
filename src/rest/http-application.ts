import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { RequestListener, Server } from 'node:http';
import type { Logger } from 'pino';

import { readPemFile } from '../config/pem-file.js';
import { NestLogger } from '../observability/logger.js';
import { Admission } from './admission.js';
import { type DirectRoute, DirectRoutes, type RequestRules } from './direct-route.js';
import { JSON_PARSER } from './json-body.js';
import { listen, type ListenAddress, originOf } from './listen.js';
import { MediaTypeGuard } from './media-type.guard.js';
import { ProblemFilter } from './problem.filter.js';
import { type AnsweredRequest, identify, RequestLog } from './request-log.js';
import { setSecurityHeaders } from './security-headers.js';
import { ValidationPipe } from './validation.pipe.js';

/** What one HTTP API of the program differs in from the other. */
export interface HttpApplicationOptions {
  readonly module: DynamicModule | Type;
  readonly logger: Logger;
  readonly address: ListenAddress;
  /** File paths, and the variables that name them; plain HTTP without. */
  readonly tls?: {
    readonly cert: string;
    readonly key: string;
    readonly certVariable: string;
    readonly keyVariable: string;
  };
  /** Requests under way at the most; further ones are answered 503. Default 1000. */
  readonly maxInFlight?: number;
  /** Told of every request that is over. */
  readonly observe?: (request: AnsweredRequest) => void;
  /** What else the application needs before it listens: its documentation, for example. */
  readonly configure?: (application: NestExpressApplication) => void;
  /** Routes that are asked for so often that they are served on the short way, too; default none. */
  readonly directRoutes?: (application: NestExpressApplication) => readonly DirectRoute[];
}

/** An HTTP API that listens. */
export interface HttpApplication {
  readonly application: NestExpressApplication;
  /** Scheme, host and port; no path. */
  readonly url: string;
  /** Takes no more connections, finishes the requests under way (for 15 s at the most), closes. */
  stop(): Promise<void>;
}

const KEEP_ALIVE = 65_000;
const HEADERS_TIME = 10_000;
/** Without a byte in either direction; streams say something more often than that. */
const IDLE_TIME = 120_000;
const STOP_TIME = 15_000;

/**
 * Makes a Nest application on Express the way that both HTTP APIs have it: problems, validation, request ids, access log,
 * limits, timeouts, and a stop that loses no answer. It listens when this returns.
 *
 * @throws ApplicationError in one line that says what to do, when it can't listen
 */
export async function startHttpApplication(options: HttpApplicationOptions): Promise<HttpApplication> {
  const application = await NestFactory.create<NestExpressApplication>(options.module, {
    logger: new NestLogger(options.logger),
    abortOnError: false,
    bodyParser: false,
    ...(options.tls === undefined ? {} : { httpsOptions: readTls(options.tls) }),
  });
  try {
    const server = application.getHttpServer();
    const rules = {
      admission: new Admission(options.maxInFlight ?? 1000, server),
      log: new RequestLog(options.logger, options.observe ?? (() => undefined)),
      problems: new ProblemFilter(options.logger),
    };
    configure(application, rules, options);
    await application.init();
    putBeforeExpress(application, rules, options.directRoutes?.(application) ?? []);
    limitTimes(server);
    const port = await listen(server, options.address);
    const scheme = options.tls === undefined ? 'http' : 'https';
    return {
      application,
      url: originOf(scheme, options.address.host, port),
      stop: () => stop(application, server, rules.admission),
    };
  } catch (error) {
    await application.close().catch(() => undefined);
    throw error;
  }
}

function configure(
  application: NestExpressApplication,
  { admission, log, problems }: RequestRules,
  { configure: more }: HttpApplicationOptions,
): void {
  application.disable('x-powered-by');
  application.disable('etag');
  application.use(identify);
  application.use(log.follow);
  application.use(admission.admit);
  application.use(setSecurityHeaders);
  application.useBodyParser('json', JSON_PARSER);
  application.useGlobalFilters(problems);
  application.useGlobalPipes(new ValidationPipe());
  application.useGlobalGuards(new MediaTypeGuard());
  more?.(application);
}

/** Requests come to the direct routes first, and what none of them takes to Express. */
function putBeforeExpress(
  application: NestExpressApplication,
  rules: RequestRules,
  routes: readonly DirectRoute[],
): void {
  if (routes.length === 0) return;
  const express = application.getHttpAdapter().getInstance() as RequestListener;
  const server = application.getHttpServer();
  server.removeListener('request', express);
  server.on('request', new DirectRoutes(routes, rules, express).listener);
}

function limitTimes(server: Server): void {
  server.keepAliveTimeout = KEEP_ALIVE;
  server.headersTimeout = HEADERS_TIME;
  // A bulk file may be on its way for as long as it likes; Admission bounds the bodies that are not streamed.
  server.requestTimeout = 0;
  server.timeout = IDLE_TIME;
}

async function stop(application: NestExpressApplication, server: Server, admission: Admission): Promise<void> {
  admission.stop();
  const timer = setTimeout(() => server.closeAllConnections(), STOP_TIME);
  try {
    await application.close();
  } finally {
    clearTimeout(timer);
    admission.end();
  }
}

function readTls(tls: NonNullable<HttpApplicationOptions['tls']>) {
  return {
    cert: readPemFile(tls.cert, tls.certVariable),
    key: readPemFile(tls.key, tls.keyVariable),
    minVersion: 'TLSv1.2' as const,
  };
}
