import type http from 'node:http';
import { MAX_BODY_BYTES } from './domain/envelope.js';
import type { PeerCertificate } from './peer-identity.js';

/** How much of a refused body is read and thrown away, so that the client gets to read the refusal. */
const DRAIN_BYTES = 4 * MAX_BODY_BYTES;

const ignore = (): void => undefined;

/** One HTTP request and its reply. */
export class UipExchange {
  /** The body, once it has been read. */
  body: Buffer = Buffer.alloc(0);
  private handling = false;
  private gone = false;
  private isClosing: () => boolean = () => false;

  constructor(
    private readonly request: http.IncomingMessage,
    private readonly response: http.ServerResponse,
    readonly remoteAddress: string,
    readonly certificate: PeerCertificate | undefined,
    /** Time of receipt of the headers, ms since 1970 UTC. */
    readonly receivedAt: number,
  ) {
    // A reply to a client that has gone is nobody's error.
    response.on('error', ignore);
  }

  /**
   * Reads the body and hands the exchange on; a body over the limit is answered 413.
   *
   * @param release called once, when both the reply is out (or the client gone) and the handling has ended
   */
  run(deliver: (exchange: UipExchange) => Promise<void>, isClosing: () => boolean, release: () => void): void {
    this.isClosing = isClosing;
    this.response.once('close', () => {
      this.gone = true;
      if (!this.handling) release();
    });
    const chunks: Buffer[] = [];
    let size = 0;
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      if (size <= MAX_BODY_BYTES) {
        chunks.push(chunk);
        return;
      }
      this.request.off('data', onData).off('end', onEnd);
      this.refuse(413);
    };
    const onEnd = (): void => {
      if (this.gone) return;
      const [first = this.body] = chunks;
      this.body = chunks.length < 2 ? first : Buffer.concat(chunks, size);
      this.handling = true;
      void deliver(this).finally(() => {
        this.handling = false;
        if (this.gone) release();
      });
    };
    this.request.on('data', onData).on('end', onEnd);
  }

  /** Answers with a status and no body, and throws away what is still to come of the request. */
  refuse(status: number, headers: http.OutgoingHttpHeaders = {}, expectsContinue = false): void {
    // A client that waits for "100 Continue" may or may not send its body now: the connection can't go on.
    const close = expectsContinue || this.isClosing() ? { Connection: 'close' } : {};
    this.response.writeHead(status, { ...headers, ...close, 'Content-Length': 0 }).end();
    let rest = 0;
    this.request.on('data', (chunk: Buffer) => {
      rest += chunk.length;
      if (rest > DRAIN_BYTES) this.cut();
    });
  }

  /** Replies with a text; does nothing when the client has gone or a reply is out already. */
  reply(text: string, status = 200, contentType = 'application/json'): void {
    if (this.gone || this.response.writableEnded || this.response.destroyed) return;
    const headers: http.OutgoingHttpHeaders = {
      'Content-Type': contentType,
      'Content-Length': Buffer.byteLength(text),
    };
    if (this.isClosing()) headers['Connection'] = 'close';
    this.response.writeHead(status, headers);
    this.response.end(text);
  }

  /** Cuts the connection. */
  cut(): void {
    this.request.socket.destroy();
  }
}
