import http from 'node:http';

/** One request, as bytes: nothing is added to its headers but Host. */
export interface PlainRequest {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: http.OutgoingHttpHeaders;
  readonly body?: string | Buffer;
  /** In chunks, without a length. */
  readonly chunked?: boolean;
}

/** One answer, whole. */
export interface PlainAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
  /** Names of the headers, in their order. */
  readonly names: readonly string[];
}

/** Sends a request to an origin and reads its answer. */
export function exchange(origin: string, request: PlainRequest, agent?: http.Agent): Promise<PlainAnswer> {
  const { method = 'POST', path = '/', headers = {}, body = '', chunked = false } = request;
  return new Promise((resolve, reject) => {
    const length = chunked || (method === 'GET' && body === '') ? {} : { 'Content-Length': Buffer.byteLength(body) };
    const outgoing = http.request(`${origin}${path}`, { method, agent, headers: { ...length, ...headers } });
    outgoing.once('error', reject).once('response', (incoming) => {
      const parts: Buffer[] = [];
      incoming.on('data', (part: Buffer) => parts.push(part));
      incoming.once('error', reject);
      incoming.once('end', () =>
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          body: Buffer.concat(parts).toString(),
          names: incoming.rawHeaders.filter((_, index) => index % 2 === 0),
        }),
      );
    });
    if (chunked) outgoing.write(body);
    outgoing.end(chunked ? undefined : body);
  });
}
