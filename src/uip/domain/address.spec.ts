import { AddressList } from '../address-list.js';
import { clientAddress, plainAddress } from './address.js';

describe('addresses', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['::ffff:127.0.0.1', '127.0.0.1'],
    ['::FFFF:7f00:1', '127.0.0.1'],
    ['::ffff:a0b:c0d', '10.11.12.13'],
    ['::1', '::1'],
    ['fe80::1%eth0', 'fe80::1'],
  ])('%s is %s in its plain form', (address, plain) => expect(plainAddress(address)).toBe(plain));

  it('match a list, mapped or not', () => {
    const list = new AddressList(['10.0.0.0/8', '192.0.2.7', '2001:db8::/32', ' ::1 ']);
    const inside = ['10.1.2.3', '::ffff:10.1.2.3', '192.0.2.7', '2001:db8::5', '::1'];
    const outside = ['11.0.0.1', '192.0.2.8', '::2', 'garbage', ''];
    expect(inside.filter(list.includes)).toEqual(inside);
    expect(outside.filter(list.includes)).toEqual([]);
  });

  it.each(['', 'x', '10.0.0.0/33', '10.0.0.0/', '::/129', '10.0.0.0/8/8', '10.0.0'])('refuse the range %p', (range) =>
    expect(() => new AddressList([range])).toThrow(RangeError),
  );

  it('behind a proxy are the last one that is no proxy', () => {
    const proxies = new AddressList(['10.0.0.0/8']).includes;
    expect(clientAddress('::ffff:10.0.0.1', '6.6.6.6, 1.2.3.4', proxies)).toBe('1.2.3.4');
    expect(clientAddress('10.0.0.1', '6.6.6.6, 1.2.3.4, 10.0.0.2', proxies)).toBe('1.2.3.4');
    expect(clientAddress('10.0.0.1', undefined, proxies)).toBe('10.0.0.1');
    expect(clientAddress('10.0.0.1', '10.0.0.3', proxies)).toBe('10.0.0.3');
    expect(clientAddress('5.5.5.5', '1.2.3.4', proxies)).toBe('5.5.5.5');
    expect(clientAddress('10.0.0.1', '1.2.3.4, junk', proxies)).toBe('junk');
  });
});
