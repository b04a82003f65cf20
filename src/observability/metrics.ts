import { collectDefaultMetrics, Counter, Histogram, register } from 'prom-client';

import type { AnsweredRequest } from '../rest/request-log.js';
import { readForScrape } from './scrape.js';

collectDefaultMetrics();

const requests = new Counter({
  name: 'cloudsms_http_requests_total',
  help: 'Requests to the REST API that are over.',
  labelNames: ['method', 'route', 'status'],
});

const seconds = new Histogram({
  name: 'cloudsms_http_request_seconds',
  help: 'Time to answer a request to the REST API.',
  labelNames: ['method', 'route'],
  buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
});

/** Counts a request that is over. */
export function observeRequest({ method, route, status, seconds: taken }: AnsweredRequest): void {
  requests.inc({ method, route, status });
  seconds.observe({ method, route }, taken);
}

/** Every metric of this process, in Prometheus' text format, after what is read from elsewhere has been read. */
export async function metricsText(): Promise<string> {
  await readForScrape();
  return register.metrics();
}

/** Content-Type of `metricsText`. */
export const METRICS_TYPE: string = register.contentType;
