import { Resolver } from 'node:dns/promises';
import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { callbackify } from 'node:util';

const LOCALHOST = /^(?:.+\.)?localhost\.?$/i;
const LOOPBACK: readonly LookupAddress[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];

/**
 * Resolves the names of receivers by DNS itself. The system's resolver would do it on one of four threads that the whole process
 * shares, and names whose servers never answer would take them all. `localhost` is what RFC 6761 says; hosts files don't count.
 */
export function webhookLookup(resolver = new Resolver({ timeout: 2000, tries: 2 })): LookupFunction {
  return (hostname, _options, callback) => {
    if (LOCALHOST.test(hostname)) {
      callback(null, [...LOOPBACK]);
      return;
    }
    lookup(resolver, hostname, (error, addresses) => callback(error, addresses));
  };
}

const lookup = callbackify(resolve);

/** @throws the error of the IPv4 query when there are no addresses of either family */
async function resolve(resolver: Resolver, hostname: string): Promise<LookupAddress[]> {
  const [four, six] = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
  const found = [
    ...(four.status === 'fulfilled' ? four.value.map((address) => ({ address, family: 4 })) : []),
    ...(six.status === 'fulfilled' ? six.value.map((address) => ({ address, family: 6 })) : []),
  ];
  if (found.length === 0 && four.status === 'rejected') throw four.reason;
  return found;
}
