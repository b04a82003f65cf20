import * as fc from 'fast-check';
import { ApplicationError } from '../../errors.js';
import { groupIntoPackets, MAX_PACKET_NUMBERS } from './packets.js';

describe('groupIntoPackets', () => {
  it.each<[string, string, number, number[][]]>([
    ['nothing', '', 3, []],
    ['one', 'a', 3, [[1]]],
    ['a full packet', 'abc', 3, [[1, 2, 3]]],
    ['one more', 'abcd', 3, [[1, 2, 3], [4]]],
    ['the second SMS to a number in another packet', 'aab', 3, [[1, 3], [2]]],
    ['the third in a third', 'aaa', 3, [[1], [2], [3]]],
    [
      'nobody waits for a full packet of repetitions',
      'abab',
      2,
      [
        [1, 2],
        [3, 4],
      ],
    ],
    ['later repetitions go where there is room', 'aabbc', 2, [[1, 3], [2, 4], [5]]],
    ['packets of one', 'ab', 1, [[1], [2]]],
  ])('%s', (_, numbers, limit, expected) => {
    expect(groupIntoPackets(Array.from(numbers), limit)).toEqual(expected);
  });

  it('has packets of 200 by default, and begins at the ordinal it is told', () => {
    const numbers = Array.from({ length: 401 }, (_, index) => `+852${60_000_000 + index}`);
    const packets = groupIntoPackets(numbers, undefined, 1001);
    expect(packets.map((members) => members.length)).toEqual([200, 200, 1]);
    expect(packets.flat()).toEqual(numbers.map((_, index) => 1001 + index));
  });

  it.each([0, 201, 1.5, Number.NaN])('takes no limit of %d', (limit) => {
    expect(() => groupIntoPackets(['a'], limit)).toThrow(ApplicationError);
  });

  it('partitions any recipients: each in one packet, none full twice over, no number twice, order kept', () => {
    const numbers = fc.array(fc.constantFrom(...Array.from('abcdefghijkl')), { maxLength: 300 });
    fc.assert(
      fc.property(numbers, fc.integer({ min: 1, max: 20 }), (recipients, limit) => {
        const packets = groupIntoPackets(recipients, limit);
        const ordinals = packets.flat();
        expect(ordinals.toSorted((one, other) => one - other)).toEqual(recipients.map((_, index) => index + 1));
        for (const members of packets) {
          expect(members.length).toBeGreaterThan(0);
          expect(members.length).toBeLessThanOrEqual(limit);
          expect(members).toEqual(members.toSorted((one, other) => one - other));
          expect(new Set(members.map((ordinal) => recipients[ordinal - 1])).size).toBe(members.length);
        }
        const firsts = packets.map((members) => members[0]);
        expect(firsts).toEqual(firsts.toSorted((one, other) => one - other));
      }),
    );
  });

  it('is first fit: no member could stand in an earlier packet', () => {
    const numbers = fc.array(fc.constantFrom(...Array.from('abcd')), { maxLength: 60 });
    fc.assert(
      fc.property(numbers, fc.integer({ min: 1, max: 5 }), (recipients, limit) => {
        const naive: number[][] = [];
        const last = new Map<string, number>();
        recipients.forEach((number, index) => {
          let packet = (last.get(number) ?? -1) + 1;
          while (naive[packet]?.length === limit) packet++;
          (naive[packet] ??= []).push(index + 1);
          last.set(number, packet);
        });
        expect(groupIntoPackets(recipients, limit)).toEqual(naive);
      }),
    );
  });

  it('stays flat where every number is the same', () => {
    const packets = groupIntoPackets(
      Array.from({ length: 50_000 }, () => '+85267000011'),
      MAX_PACKET_NUMBERS,
    );
    expect(packets).toHaveLength(50_000);
  });
});
