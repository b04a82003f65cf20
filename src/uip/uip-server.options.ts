import type { ErrorCodes } from './domain/answer.js';
import type { UipMethod } from './domain/envelope.js';

/**
 * What a listener asks of its clients (protocol.md 1).
 * - `require`: no certificate of a trusted authority, no connection: the handshake fails, there is no HTTP reply.
 * - `request`: a certificate is checked if there is one; one that does not pass ends the connection likewise.
 * - `none`: none is asked for.
 */
export type ClientAuth = 'require' | 'request' | 'none';

/** Certificate, key and trusted authorities of one end, each PEM. */
export interface TlsMaterial {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
  /** Authorities that the other end's certificate must come from. */
  readonly ca: string | Buffer | readonly (string | Buffer)[];
}

/** TLS of a listener. */
export interface UipServerTls {
  readonly material: TlsMaterial;
  readonly clientAuth: ClientAuth;
}

/** Settings of a UIP listener. Times are in milliseconds. */
export interface UipServerOptions {
  /** The one METHOD that it serves; its `@MessagePattern` is this text. */
  readonly method: UipMethod;
  /** Path of its URL, e.g. `/dr`; any other is answered 404. */
  readonly path: string;
  /** 0 takes any free port (`UipServerStrategy.port` tells which). */
  readonly port: number;
  /** Address to listen on; default: all. */
  readonly host?: string;
  /** Absent: plain HTTP, behind a proxy that does TLS, or in a test. */
  readonly tls?: UipServerTls;
  /**
   * Whether requests from an address are taken, IPv4 in its plain form; asked for each request, before its body is read.
   * Default: every one. Others are answered 403.
   */
  readonly admits?: (address: string) => boolean;
  /** Whether an address is a proxy named in TRUSTED_PROXIES, whose X-Forwarded-For is believed. Default: none is. */
  readonly isTrustedProxy?: (address: string) => boolean;
  /** Most requests that are being read or handled at a time; one more is answered 503. Default 512. */
  readonly maxInFlight?: number;
  /** Retry-After of a 503, in seconds. Default 1. */
  readonly retryAfterSeconds?: number;
  /** Most connections that are open at a time; more are closed at once. Default 10,000. */
  readonly maxConnections?: number;
  /** Time for the TLS handshake, and then for the headers of a request. Default 10,000. */
  readonly headersTimeoutMs?: number;
  /** Time for a whole request, body included. Default 30,000. */
  readonly requestTimeoutMs?: number;
  /** How long an idle connection is kept; told to the client. Default 30,000. */
  readonly keepAliveTimeoutMs?: number;
  /** How long closing waits for the requests in flight. Default 15,000. */
  readonly closeGraceMs?: number;
  /** The clock that TIME and the time of receipt are taken from, in ms since 1970 UTC. Default: the real one. */
  readonly now?: () => number;
  /** Zone of TIME, minutes east of UTC. Default 480. */
  readonly utcOffsetMinutes?: number;
  /** RESULT_CODEs for errors that reach the listener itself: nobody's filter has made an ANSWER of them. */
  readonly codes?: ErrorCodes;
}
