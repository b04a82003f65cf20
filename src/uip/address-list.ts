import { BlockList, isIP } from 'node:net';
import { plainAddress } from './domain/address.js';

const REMEMBERED = 1000;

/**
 * A list of IP addresses and CIDR ranges: TRUSTED_PROXIES, CALLBACK_ALLOWED_ADDRESSES, the addresses of an account. IPv4
 * addresses mapped into IPv6 match the IPv4 entries.
 */
export class AddressList {
  private readonly list = new BlockList();
  /** The few addresses that keep coming, judged once: a look into the list costs more than the rest of an admission. */
  private readonly judged = new Map<string, boolean>();

  /**
   * @param entries addresses and ranges: `127.0.0.1`, `10.0.0.0/8`, `::1`, `2001:db8::/32`
   * @throws RangeError naming the first entry that is neither
   */
  constructor(readonly entries: readonly string[]) {
    for (const entry of entries) this.add(entry.trim());
  }

  /** Whether an address is in the list; what is no address is not. */
  readonly includes = (address: string): boolean => {
    const known = this.judged.get(address);
    if (known !== undefined) return known;
    if (this.judged.size >= REMEMBERED) this.judged.clear();
    const plain = plainAddress(address);
    const family = isIP(plain);
    const included = family !== 0 && this.list.check(plain, family === 4 ? 'ipv4' : 'ipv6');
    this.judged.set(address, included);
    return included;
  };

  private add(entry: string): void {
    const [address = '', prefix, ...rest] = entry.split('/');
    const family = isIP(address);
    const bits = family === 4 ? 32 : 128;
    const valid = prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits);
    if (family === 0 || !valid || rest.length > 0) throw new RangeError(`not an address or range: ${entry}`);
    this.list.addSubnet(address, prefix === undefined ? bits : Number(prefix), family === 4 ? 'ipv4' : 'ipv6');
  }
}
