import { X509Certificate } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { TLSSocket } from 'node:tls';

import type { TlsFiles } from '../../config/config.js';

/** What came of asking a listener for nothing. */
export interface Visit {
  /** HTTP status; undefined: none was read. */
  readonly status: number | undefined;
  /** Code of the error that ended it. */
  readonly error: string | undefined;
  /** How far it came. */
  readonly reached: 'nothing' | 'handshake' | 'answer';
  readonly protocol: string | undefined;
  readonly certificate: X509Certificate | undefined;
  /** Why the server's certificate is not trusted; undefined: it is, or there was none. */
  readonly distrust: string | undefined;
  /** The server's clock less ours, in milliseconds, to a second; undefined: it does not tell. */
  readonly clockOffset: number | undefined;
}

const PATIENCE = 10_000;

/**
 * Asks by GET, which no listener of UIP takes for a packet (protocol.md 1): so nothing is sent, and nothing can be charged. Under
 * TLS 1.3 a refused client certificate shows only when something is read, hence the request.
 *
 * @param files what we show, and the authority that we trust; absent members: nothing, and Node's own authorities
 */
export async function visit(url: string, files: TlsFiles): Promise<Visit> {
  const parts = new URL(url);
  const isTls = parts.protocol === 'https:';
  const seen: { -readonly [Member in keyof Visit]: Visit[Member] } = {
    status: undefined,
    error: undefined,
    reached: 'nothing',
    protocol: undefined,
    certificate: undefined,
    distrust: undefined,
    clockOffset: undefined,
  };
  await new Promise<void>((resolve) => {
    const end = (error?: unknown): void => {
      if (error !== undefined) seen.error = codeOf(error);
      resolve();
    };
    const onAnswer = (response: http.IncomingMessage): void => {
      seen.reached = 'answer';
      seen.status = response.statusCode;
      const date = Date.parse(response.headers.date ?? '');
      if (!Number.isNaN(date)) seen.clockOffset = date + 500 - Date.now();
      response.resume().on('end', () => end());
    };
    try {
      // Verified all the same, and told as `distrust`: what is wrong with a certificate shows only where it was seen. Nothing
      // secret goes over it (no key, no number, no body), and nothing that comes back is gone by but status and clock.
      const request = isTls
        ? https.get(url, { ...read(files), rejectUnauthorized: false, agent: false }, onAnswer)
        : http.get(url, { agent: false }, onAnswer);
      request.setTimeout(PATIENCE, () => request.destroy(Object.assign(new Error('timeout'), { code: 'ETIMEDOUT' })));
      request.on('socket', (socket) => socket.on('secureConnect', () => note(socket as TLSSocket, seen)));
      request.on('error', end);
    } catch (error) {
      end(error);
    }
  });
  return seen;
}

type Seen = { -readonly [Member in keyof Visit]: Visit[Member] };

function note(socket: TLSSocket, seen: Seen): void {
  seen.reached = 'handshake';
  seen.protocol = socket.getProtocol() ?? undefined;
  seen.certificate = socket.getPeerX509Certificate();
  // It is typed as an error, and is the code of one.
  const { authorizationError: distrust } = socket as { authorizationError?: Error | string | null };
  seen.distrust = distrust === undefined || distrust === null ? undefined : codeOf(distrust);
}

/** `error` of a visit that could not be made, since a file of ours can't be read. */
export const NO_FILE = 'a certificate or key of ours can not be read';

function read({ cert, key, ca }: TlsFiles): https.RequestOptions {
  const content = (file: string | undefined) => (file === undefined ? undefined : readFile(file));
  return { cert: content(cert), key: content(key), ca: content(ca) };
}

function readFile(file: string): Buffer {
  try {
    return fs.readFileSync(file);
  } catch (error) {
    throw new Error(NO_FILE, { cause: error });
  }
}

function codeOf(error: unknown): string {
  if (typeof error === 'string') return error;
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}
