const MAPPED_DOTTED = /^::ffff:(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})$/i;
const MAPPED_HEX = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i;

/**
 * An IP address in its plain form: an IPv4 address mapped into IPv6 (`::ffff:127.0.0.1`, `::ffff:7f00:1`) as IPv4, an IPv6
 * address without its zone. Lists of addresses miss the mapped form otherwise.
 */
export function plainAddress(address: string): string {
  if (!address.includes(':')) return address;
  const zone = address.indexOf('%');
  const bare = zone === -1 ? address : address.slice(0, zone);
  const dotted = MAPPED_DOTTED.exec(bare);
  if (dotted?.[1] !== undefined) return dotted[1];
  const hex = MAPPED_HEX.exec(bare);
  if (hex?.[1] === undefined || hex[2] === undefined) return bare;
  const high = Number.parseInt(hex[1], 16);
  const low = Number.parseInt(hex[2], 16);
  return `${high >> 8}.${high & 0xff}.${low >> 8}.${low & 0xff}`;
}

/**
 * The address that a request came from: the peer's, or where the peer is a trusted proxy, the last one in X-Forwarded-For
 * that is not itself a trusted proxy. What a client wrote into the header further left is never believed.
 *
 * @param peer address of the TCP peer
 * @param forwarded the X-Forwarded-For header, several joined by commas
 * @param isTrusted whether an address, in plain form, is a proxy named in TRUSTED_PROXIES
 */
export function clientAddress(
  peer: string,
  forwarded: string | undefined,
  isTrusted: (address: string) => boolean,
): string {
  let address = plainAddress(peer);
  if (forwarded === undefined) return address;
  const hops = forwarded.split(',');
  while (hops.length > 0 && isTrusted(address)) address = plainAddress((hops.pop() ?? '').trim());
  return address;
}
