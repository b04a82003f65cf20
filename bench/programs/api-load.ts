import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

import { type KannelUrls, kannelRequest } from '../references/kannel.js';
import { type ConnectionTarget, HttpConnection, postRequest } from '../support/http-connection.js';
import { type LoadResult, runLoad } from '../support/load.js';
import { serve } from '../support/program.js';
import { benchNumber, benchText } from '../support/sandbox.js';

/** What requests there shall be. */
interface Amount {
  readonly requests: number;
  readonly recipients: number;
  /** Index of the first number; default 0. */
  readonly first?: number;
  /** Whether each request has a text of its own. */
  readonly unique?: boolean;
  /** Whether they take the high lane, as one-time passwords do. */
  readonly urgent?: boolean;
}

/** Requests of `POST /v1/messages`. */
export interface ApiRequests extends Amount {
  /** Scheme, host and port. */
  readonly apiUrl: string;
  readonly apiKey: string;
  readonly path?: string;
}

/** Requests of the same messages to Kannel. */
export interface KannelRequests extends Amount {
  readonly urls: KannelUrls;
  /** Whether a delivery report of each is asked for. */
  readonly report: boolean;
}

/** When requests were sent that leave at fixed times, whatever became of the earlier ones. */
export interface OpenLoadResult {
  /** Milliseconds until the reply, of each; the connection included, where one had to be opened. */
  readonly latencies: readonly number[];
  /** When each was sent: milliseconds since 1970, with fractions. */
  readonly sentAt: readonly number[];
}

let target = '';
let prepared: Buffer[] = [];

/** One request after the other: its numbers and its text. */
function* contentsOf({ requests, recipients, first = 0, unique = false, urgent = false }: Amount) {
  for (let request = 0; request < requests; request += 1) {
    const start = first + request * recipients;
    const to = Array.from({ length: recipients }, (_, index) => benchNumber(start + index));
    const text = benchText(unique ? start : undefined);
    yield urgent ? { to, text, priority: 'high' } : { to, text };
  }
}

const commands = {
  /** Makes the requests ready, so that their making takes nothing from what is measured. */
  prepare({ apiUrl, apiKey, path = '/v1/messages', ...amount }: ApiRequests): void {
    target = `${apiUrl}${path}`;
    prepared = Array.from(contentsOf(amount), (content) =>
      postRequest(target, JSON.stringify(content), {
        Authorization: `Bearer ${apiKey}`,
        'Idempotency-Key': randomUUID(),
      }),
    );
  },

  /** Makes the same messages ready as requests to Kannel. */
  prepareKannel({ urls, report, ...amount }: KannelRequests): void {
    target = urls.sendUrl;
    prepared = Array.from(contentsOf(amount), (content) => kannelRequest(urls, { ...content, report }));
  },

  /** Sends what is ready; every answer must be 202. */
  run({ connections }: { connections: number }): Promise<LoadResult> {
    return runLoad({
      target: { url: target },
      requests: prepared,
      connections,
      fault: ({ status }) => (status === 202 ? undefined : 'not accepted'),
    });
  },

  /** Sends what is ready at a steady rate (requests a second), whatever becomes of it; every answer must be 202. */
  runOpen({ rate }: { rate: number }): Promise<OpenLoadResult> {
    return sendSteadily({ url: target }, prepared, rate);
  },
};

/** Milliseconds after which an idle connection is not used any more: Node's servers close one after five seconds. */
const IDLE_TIME = 4_000;

/** Connections are opened as they are needed, and kept. */
async function sendSteadily(at: ConnectionTarget, requests: readonly Buffer[], rate: number): Promise<OpenLoadResult> {
  /** The last one was used last. */
  const idle: { readonly connection: HttpConnection; readonly since: number }[] = [];
  const all: HttpConnection[] = [];
  const latencies: number[] = [];
  const sentAt: number[] = [];
  const send = async (request: Buffer, index: number): Promise<void> => {
    const startedAt = performance.now();
    sentAt[index] = performance.timeOrigin + startedAt;
    const last = idle.pop();
    const isFresh = last !== undefined && last.connection.isOpen && startedAt - last.since < IDLE_TIME;
    const connection = isFresh ? last.connection : await HttpConnection.open(at);
    if (!isFresh) all.push(connection);
    const { status, body } = await connection.send(request);
    latencies[index] = performance.now() - startedAt;
    idle.push({ connection, since: performance.now() });
    if (status !== 202) throw new Error(`not accepted: ${status} ${body.toString('utf8', 0, 500)}`);
  };
  const startedAt = performance.now();
  const underWay: Promise<void>[] = [];
  try {
    for (const [index, request] of requests.entries()) {
      const early = startedAt + (index * 1000) / rate - performance.now();
      if (early > 0) await delay(early);
      const sent = send(request, index);
      // A failure is told at the end, by `all`; until then it is no unhandled one.
      sent.catch(() => undefined);
      underWay.push(sent);
    }
    await Promise.all(underWay);
    return { latencies, sentAt };
  } finally {
    for (const connection of all) connection.close();
  }
}

export type ApiLoadCommands = typeof commands;

serve(commands);
