import type { LookupFunction } from 'node:net';
import { Agent, request } from 'undici';

import { createConnector } from '../../uip/uip-connector.js';

/** What came of a request to a receiver. */
export interface WebhookAnswer {
  /** HTTP status; undefined without an answer. */
  readonly status: number | undefined;
  /** Why there was none, or only part of one. */
  readonly error: string | undefined;
  /** First kilobyte of the body, as UTF-8. */
  readonly text: string;
  readonly milliseconds: number;
}

export interface WebhookClientOptions {
  /** Whether a connection to an address may be made. */
  readonly permits: (address: string) => boolean;
  readonly lookup: LookupFunction;
  /** Authorities, PEM, that certificates must come from; default: Node's. */
  readonly authorities?: readonly string[];
  /** Milliseconds for a request altogether. */
  readonly deadline?: number;
}

const DEADLINE = 15_000;
const CONNECT_TIME = 5_000;
const KEEP_ALIVE = 5_000;
/** Connections to one host and port. */
const CONNECTIONS = 16;
const MAX_ANSWER = 1024;
const MAX_HEADERS = 16_384;

/**
 * Posts to receivers that nobody knows: certificates are always verified, redirects are answers like any other, every connection's
 * address is checked when it is made, no more than a kilobyte is read, and everything ends by a deadline.
 */
export class WebhookClient {
  private readonly agent: Agent;

  constructor(private readonly options: WebhookClientOptions) {
    this.agent = new Agent({
      connect: createConnector({
        connectTimeoutMs: CONNECT_TIME,
        permits: options.permits,
        lookup: options.lookup,
        authorities: options.authorities,
      }),
      connections: CONNECTIONS,
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE,
      keepAliveMaxTimeout: KEEP_ALIVE,
      maxHeaderSize: MAX_HEADERS,
    });
  }

  /** Never rejects: whatever goes wrong is an answer without a status. */
  async post(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<WebhookAnswer> {
    const startedAt = performance.now();
    const signal = AbortSignal.timeout(this.options.deadline ?? DEADLINE);
    let status: number | undefined;
    try {
      const response = await request(url, { method: 'POST', headers, body, dispatcher: this.agent, signal });
      status = response.statusCode;
      const text = await firstKilobyte(response.body);
      return { status, error: undefined, text, milliseconds: Math.round(performance.now() - startedAt) };
    } catch (error) {
      const milliseconds = Math.round(performance.now() - startedAt);
      return { status, error: reasonOf(error), text: '', milliseconds };
    }
  }

  async close(): Promise<void> {
    await this.agent.close();
  }
}

async function firstKilobyte(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    length += chunk.length;
    // Leaving the loop ends the connection: what is left of the answer is not waited for.
    if (length >= MAX_ANSWER) break;
  }
  return Buffer.concat(chunks).subarray(0, MAX_ANSWER).toString('utf8').replaceAll('\u0000', '\uFFFD');
}

const REASONS: Readonly<Record<string, string>> = {
  TimeoutError: 'no answer in time',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  UIP_ADDRESS: 'the address is not permitted',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection broke',
  UND_ERR_SOCKET: 'the connection broke',
  ENOTFOUND: 'the name is not known',
};

/** A few words, without what the system's own messages tell about addresses. */
function reasonOf(error: unknown): string {
  const [first] = error instanceof AggregateError ? (error.errors as unknown[]) : [error];
  const { name, code } = (first ?? {}) as { readonly name?: unknown; readonly code?: unknown };
  const known = [name, code].filter((word) => typeof word === 'string');
  return known.map((word) => REASONS[word]).find((reason) => reason !== undefined) ?? known.at(-1) ?? 'unknown error';
}
