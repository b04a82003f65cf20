import { AddressList } from '../uip/address-list.js';

/** What is not the public Internet (IANA's special-purpose address registries), and IPv6 forms that carry IPv4 inside. */
const INTERNAL = new AddressList([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
  '::/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
  '5f00::/16',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
]);

/** Whatever may be public: all of IPv4, and the part of IPv6 that is given out as global unicast. */
const GLOBAL = new AddressList(['0.0.0.0/0', '2000::/3']);

/**
 * Whether an address belongs to the public Internet: the only place that a URL from outside may lead to, or it could
 * make us knock at doors inside our own network. Pure; IPv4 mapped into IPv6 counts as IPv4, what is no address is not
 * public.
 */
export function isPublicAddress(address: string): boolean {
  return GLOBAL.includes(address) && !INTERNAL.includes(address);
}
