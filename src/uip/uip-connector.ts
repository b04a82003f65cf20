import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { plainAddress } from './domain/address.js';
import { AddressNotPermitted } from './not-sent-reason.js';
import type { TlsMaterial } from './uip-server.options.js';

/** How connections are made. */
export interface ConnectorOptions {
  /**
   * Our certificate and key, and the authorities that the server's certificate must come from. Absent: no certificate of ours,
   * and `authorities`.
   */
  readonly tls?: TlsMaterial;
  /** Authorities, PEM, that the server's certificate must come from where there is no `tls`. Default: Node's. */
  readonly authorities?: readonly string[];
  /** Time for connection and handshake, in ms. */
  readonly connectTimeoutMs: number;
  /**
   * Whether a connection to an address may be made, IPv4 in its plain form. Asked at every connection, of what the name
   * resolves to then, and of addresses that stand in the URL.
   */
  readonly permits?: (address: string) => boolean;
  /** Resolves names. Default: the system's resolver. */
  readonly lookup?: LookupFunction;
}

/**
 * Makes undici's connector: certificates always verified, sessions never resumed (each connection shows its certificate
 * anew), addresses checked.
 */
export function createConnector(options: ConnectorOptions): buildConnector.connector {
  const { tls, permits } = options;
  const ca = tls === undefined ? options.authorities?.slice() : [tls.ca].flat();
  const connect = buildConnector({
    ...(tls === undefined ? {} : { cert: tls.cert, key: tls.key }),
    ...(ca === undefined ? {} : { ca }),
    minVersion: 'TLSv1.2',
    rejectUnauthorized: true,
    maxCachedSessions: 0,
    timeout: options.connectTimeoutMs,
    lookup: permits === undefined ? options.lookup : guardedLookup(options.lookup ?? systemLookup, permits),
  });
  if (permits === undefined) return connect;
  return (target, callback) => {
    // An address in the URL never goes through lookup.
    const literal = isIP(target.hostname) !== 0;
    if (literal && !permits(plainAddress(target.hostname))) callback(new AddressNotPermitted(), null);
    else connect(target, callback);
  };
}

/** A lookup that leaves out the addresses that are not permitted, and fails when none is left. */
function guardedLookup(lookup: LookupFunction, permits: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found, family) => {
      const addresses = typeof found === 'string' ? [{ address: found, family: family ?? isIP(found) }] : found;
      if (error !== null) callback(error, []);
      else answerLookup(addresses.filter(permitted(permits)), options.all === true, callback);
    });
  };
}

function permitted(permits: (address: string) => boolean): (found: LookupAddress) => boolean {
  return ({ address }) => permits(plainAddress(address));
}

function answerLookup(
  addresses: LookupAddress[],
  all: boolean,
  callback: (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void,
): void {
  const [first] = addresses;
  if (first === undefined) callback(new AddressNotPermitted(), []);
  else if (all) callback(null, addresses);
  else callback(null, first.address, first.family);
}
