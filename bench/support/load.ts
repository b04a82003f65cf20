import { type ConnectionTarget, HttpConnection, type HttpReply } from './http-connection.js';
import { type Latency, latencyOf } from './stats.js';

/** Requests that are ready to be sent; the work of making them is not measured. */
export interface Load {
  readonly target: ConnectionTarget;
  readonly requests: readonly Buffer[];
  readonly connections: number;
  /** Says what is wrong with a reply; undefined: nothing. The first wrong one ends the load. */
  readonly fault: (reply: HttpReply) => string | undefined;
}

/** What became of a load: every request was answered as it should be. */
export interface LoadResult {
  readonly requests: number;
  /** From the first byte sent to the last reply read; connections are open before. */
  readonly seconds: number;
  readonly latency: Latency;
}

/**
 * Closed loop: so many connections, each with one request under way, until all have been answered.
 * @throws Error for a reply that is not as it should be
 */
export async function runLoad({ target, requests, connections, fault }: Load): Promise<LoadResult> {
  const open = await Promise.all(Array.from({ length: connections }, () => HttpConnection.open(target)));
  const milliseconds: number[] = [];
  let next = 0;
  const work = async (connection: HttpConnection): Promise<void> => {
    while (next < requests.length) {
      const request = requests[next++];
      const sentAt = performance.now();
      const reply = await connection.send(request);
      milliseconds.push(performance.now() - sentAt);
      const wrong = fault(reply);
      if (wrong !== undefined) throw new Error(`${wrong}: ${reply.status} ${reply.body.toString('utf8', 0, 500)}`);
    }
  };
  const startedAt = performance.now();
  try {
    await Promise.all(open.map(work));
    const seconds = (performance.now() - startedAt) / 1000;
    return { requests: requests.length, seconds, latency: latencyOf(milliseconds) };
  } finally {
    for (const connection of open) connection.close();
  }
}
