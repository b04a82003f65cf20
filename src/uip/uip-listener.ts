import { constants } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { clientAddress } from './domain/address.js';
import { MAX_BODY_BYTES } from './domain/envelope.js';
import { PeerIdentities } from './peer-identity.js';
import { UipExchange } from './uip-exchange.js';
import type { TlsMaterial, UipServerOptions } from './uip-server.options.js';

const CHECKING_INTERVAL_MS = 2_000;

/**
 * The HTTP side of a UIP listener: TLS, addresses, path, method, sizes and limits (protocol.md 1). What passes is handed on
 * as a `UipExchange` with its body read; nothing here knows what a packet is.
 */
export class UipListener {
  readonly server: http.Server;
  private readonly identities = new PeerIdentities();
  private readonly sockets = new Set<Socket>();
  private inFlight = 0;
  private closing = false;
  private onDrained: (() => void) | undefined;

  /**
   * @param deliver called once for each request that was read; its promise settles when the request is done with, and never
   *   rejects
   */
  constructor(
    private readonly options: UipServerOptions,
    private readonly deliver: (exchange: UipExchange) => Promise<void>,
  ) {
    this.server = createServer(options);
    this.server.maxConnections = options.maxConnections ?? 10_000;
    this.server.on('request', (request, response) => this.admit(request, response, false));
    this.server.on('checkContinue', (request, response) => this.admit(request, response, true));
    this.server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
  }

  /** Starts to listen. @throws the system's error, e.g. EADDRINUSE */
  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen({ port: this.options.port, host: this.options.host }, () => {
        this.server.off('error', reject);
        resolve();
      });
    });
  }

  /** The port that is listened on. @throws Error before `listen` */
  get port(): number {
    const address = this.server.address() as AddressInfo | null;
    if (address === null) throw new Error('the UIP listener is not listening');
    return address.port;
  }

  /** Puts new TLS material to use for new connections; open ones keep what they were made with. */
  setTlsMaterial(material: TlsMaterial): void {
    if (this.server instanceof https.Server) this.server.setSecureContext(secureContext(material));
  }

  /**
   * Stops to accept, closes idle connections, waits for the requests in flight (at most `closeGraceMs`), then closes the
   * rest. Safe to call when never listening, and twice.
   */
  async close(): Promise<void> {
    if (!this.server.listening) return;
    this.closing = true;
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeIdleConnections();
    await this.drained();
    this.server.closeAllConnections();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private drained(): Promise<void> {
    if (this.inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const grace = setTimeout(resolve, this.options.closeGraceMs ?? 15_000);
      this.onDrained = () => {
        clearTimeout(grace);
        resolve();
      };
    });
  }

  private admit(request: http.IncomingMessage, response: http.ServerResponse, expectsContinue: boolean): void {
    const identity = this.identities.of(request.socket);
    if (!this.trusts(identity?.authorised)) {
      request.socket.destroy();
      return;
    }
    const address = this.addressOf(request);
    const exchange = new UipExchange(request, response, address, identity, (this.options.now ?? Date.now)());
    const refusal = this.refusalOf(request, address);
    if (refusal !== undefined) {
      exchange.refuse(refusal.status, refusal.headers, expectsContinue);
      return;
    }
    this.inFlight++;
    if (expectsContinue) response.writeContinue();
    exchange.run(
      this.deliver,
      () => this.closing,
      () => this.release(),
    );
  }

  private trusts(authorised: boolean | undefined): boolean {
    const clientAuth = this.options.tls?.clientAuth ?? 'none';
    return clientAuth === 'none' || authorised === true || (clientAuth === 'request' && authorised === undefined);
  }

  /** The status that answers a request before its body is read, in the order of what gives away least. */
  private refusalOf(request: http.IncomingMessage, address: string): Refusal | undefined {
    if (this.options.admits?.(address) === false) return { status: 403 };
    if (pathOf(request.url) !== this.options.path) return { status: 404 };
    if (request.method !== 'POST') return { status: 405, headers: { Allow: 'POST' } };
    if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) return { status: 413 };
    if (this.inFlight >= (this.options.maxInFlight ?? 512)) {
      return { status: 503, headers: { 'Retry-After': String(this.options.retryAfterSeconds ?? 1) } };
    }
    return undefined;
  }

  private addressOf(request: http.IncomingMessage): string {
    const isTrusted = this.options.isTrustedProxy;
    const forwarded = isTrusted === undefined ? undefined : request.headers['x-forwarded-for'];
    const header = Array.isArray(forwarded) ? forwarded.join(',') : forwarded;
    return clientAddress(request.socket.remoteAddress ?? '', header, isTrusted ?? (() => false));
  }

  private release(): void {
    this.inFlight--;
    if (this.inFlight === 0) this.onDrained?.();
  }
}

interface Refusal {
  readonly status: number;
  readonly headers?: http.OutgoingHttpHeaders;
}

function createServer(options: UipServerOptions): http.Server {
  const headersTimeout = options.headersTimeoutMs ?? 10_000;
  const limits: http.ServerOptions = {
    headersTimeout,
    requestTimeout: options.requestTimeoutMs ?? 30_000,
    keepAliveTimeout: options.keepAliveTimeoutMs ?? 30_000,
    connectionsCheckingInterval: CHECKING_INTERVAL_MS,
  };
  if (options.tls === undefined) return http.createServer(limits);
  const { material, clientAuth } = options.tls;
  return https.createServer({
    ...limits,
    ...secureContext(material),
    handshakeTimeout: headersTimeout,
    requestCert: clientAuth !== 'none',
    rejectUnauthorized: clientAuth === 'require',
  });
}

/** No session tickets: a resumed session would skip the look at the client's certificate. */
function secureContext(material: TlsMaterial): https.ServerOptions {
  const ca = Array.isArray(material.ca) ? [...material.ca] : (material.ca as string | Buffer);
  return {
    cert: material.cert,
    key: material.key,
    ca,
    minVersion: 'TLSv1.2',
    secureOptions: constants.SSL_OP_NO_TICKET,
  };
}

function pathOf(url: string | undefined): string {
  const text = url ?? '';
  const query = text.indexOf('?');
  return query === -1 ? text : text.slice(0, query);
}
