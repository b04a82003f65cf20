import net from 'node:net';
import tls from 'node:tls';

/** Where requests go, and how the connection is made. */
export interface ConnectionTarget {
  readonly url: string;
  /** Client certificate, its key, and the authority of the server's: PEM. For https: only. */
  readonly tls?: { readonly ca: string; readonly cert: string; readonly key: string };
}

/** A reply, as far as a load generator looks at it. */
export interface HttpReply {
  readonly status: number;
  readonly body: Buffer;
}

const HEAD_END = Buffer.from('\r\n\r\n');

/**
 * One kept-alive HTTP/1.1 connection with one request under way at a time. A load generator takes its CPU from the same
 * machine as what it measures: this does a third of what a full client does.
 */
export class HttpConnection {
  private received: Buffer = Buffer.alloc(0);
  private waiting: { resolve: (reply: HttpReply) => void; reject: (error: Error) => void } | undefined;

  private constructor(private readonly socket: net.Socket) {
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.take(chunk));
    socket.on('error', (error) => this.fail(error));
    socket.on('close', () => this.fail(new Error('the connection was closed')));
  }

  /** @throws Error when no connection can be made */
  static async open({ url, tls: material }: ConnectionTarget): Promise<HttpConnection> {
    const { protocol, hostname, port } = new URL(url);
    const at = { host: hostname, port: Number(port) };
    const socket =
      protocol === 'https:' ? tls.connect({ ...at, servername: 'localhost', ...material }) : net.connect(at);
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.once(protocol === 'https:' ? 'secureConnect' : 'connect', resolve);
    });
    return new HttpConnection(socket);
  }

  /** Sends a whole request, head included, and reads its reply. @throws Error when the connection ends before that */
  send(request: Buffer): Promise<HttpReply> {
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      if (!this.isOpen) this.fail(new Error('the connection was closed'));
      else this.socket.write(request);
    });
  }

  /** Whether neither end has closed it. */
  get isOpen(): boolean {
    return !this.socket.destroyed && this.socket.writable;
  }

  close(): void {
    this.socket.destroy();
  }

  private take(chunk: Buffer): void {
    this.received = this.received.length === 0 ? chunk : Buffer.concat([this.received, chunk]);
    const headEnd = this.received.indexOf(HEAD_END);
    if (headEnd < 0) return;
    const head = this.received.toString('latin1', 0, headEnd);
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (length === undefined) return this.fail(new Error(`a reply without Content-Length: ${head}`));
    const end = headEnd + HEAD_END.length + Number(length);
    if (this.received.length < end) return;
    const reply = { status: Number(head.slice(9, 12)), body: this.received.subarray(headEnd + HEAD_END.length, end) };
    this.received = this.received.subarray(end);
    const { waiting } = this;
    this.waiting = undefined;
    waiting?.resolve(reply);
  }

  private fail(error: Error): void {
    this.waiting?.reject(error);
    this.waiting = undefined;
  }
}

/** A whole POST request with a JSON body. */
export function postRequest(url: string, body: string, headers: Readonly<Record<string, string>> = {}): Buffer {
  const { host, pathname } = new URL(url);
  const more = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const length = Buffer.byteLength(body);
  return Buffer.from(
    `POST ${pathname} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\n${more.join('')}` +
      `Content-Length: ${length}\r\n\r\n${body}`,
  );
}
