import http from 'node:http';

import type { Database } from '../database/database.js';
import { probeCommit } from '../database/statements/commit-probe.js';
import { listen, type ListenAddress, originOf } from '../rest/listen.js';
import { Snapshot } from '../snapshot.js';

/** Probes within this time share one commit; milliseconds. */
const FRESH = 1000;

/** The listener for probes of a role that has no REST API. */
export interface HealthListener {
  /** Scheme, host and port. */
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Answers `GET /health/live` and `GET /health/ready` in plain HTTP. Ready means that a report could be stored: the process can
 * commit, and is not on its way out.
 *
 * @throws ApplicationError in one line that says what to do, when it can't listen
 */
export async function listenForProbes(database: Database, address: ListenAddress): Promise<HealthListener> {
  const commit = new Snapshot({ load: () => probeCommit(database), maxAge: FRESH });
  let stopping = false;
  const answer = async (path: string | undefined): Promise<number> => {
    if (path === '/health/live') return 200;
    if (path !== '/health/ready') return 404;
    if (stopping) return 503;
    return commit.get().then(
      () => 200,
      () => 503,
    );
  };
  const server = http.createServer((request, response) => {
    void answer(request.method === 'GET' ? request.url : undefined).then((status) => {
      response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
      response.end(JSON.stringify({ status: WORDS.get(status) }));
    });
  });
  const port = await listen(server, address);
  return {
    url: originOf('http', address.host, port),
    stop: async () => {
      stopping = true;
      server.closeIdleConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const WORDS: ReadonlyMap<number, string> = new Map([
  [200, 'ok'],
  [404, 'not found'],
  [503, 'unavailable'],
]);
