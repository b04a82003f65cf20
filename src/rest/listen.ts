import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { ApplicationError } from '../errors.js';

/** Where to listen, and which variables say so: a start that fails must name them. */
export interface ListenAddress {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly hostVariable: string;
  readonly portVariable: string;
}

/**
 * Makes a server listen and returns its port.
 * @throws ApplicationError (unavailable) in one line that says what to do
 */
export function listen(
  server: Pick<Server, 'listen' | 'address' | 'once' | 'off'>,
  at: ListenAddress,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => reject(listenError(error, at));
    server.once('error', failed);
    server.listen(at.port, at.host, () => {
      server.off('error', failed);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** Says why a server can not listen, and what to do about it. */
export function listenError(error: NodeJS.ErrnoException, at: ListenAddress): ApplicationError {
  const { host, port, hostVariable, portVariable } = at;
  const fail = (code: string, message: string) => new ApplicationError('unavailable', code, message, { cause: error });
  switch (error.code) {
    case 'EADDRINUSE':
      return fail(
        'port_taken',
        `port ${port} (${portVariable}) is taken: stop the other program or choose another ${portVariable}`,
      );
    case 'EACCES':
      return fail(
        'port_forbidden',
        `port ${port} (${portVariable}) may not be used by this user: choose a ${portVariable} above 1023`,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return fail('host_unknown', `${hostVariable} ${host} is not an address of this machine: choose another`);
    default:
      return fail('listen_failed', `can not listen on ${host}, port ${port} (${portVariable}): ${error.message}`);
  }
}

/** Scheme, host and port of a listener as a client on this machine writes them; no path. */
export function originOf(scheme: 'http' | 'https', host: string, port: number): string {
  const named = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  return `${scheme}://${named.includes(':') ? `[${named}]` : named}:${port}`;
}
