import * as fc from 'fast-check';
import { chargeDelta, type ChargeFacts, costOf, isChargeable, UNCHARGED } from './charge.js';
import { money } from './money.js';

describe('isChargeable (protocol.md 9)', () => {
  it.each<[boolean, number | null, boolean]>([
    [false, null, false],
    [true, null, true],
    ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((state): [boolean, number, boolean] => [true, state, true]),
    [true, 60, false],
    [false, 60, false],
    [true, 42, true],
    [false, 2, true],
    [false, 9, true],
  ])('accepted %s, state %s: %s', (accepted, state, expected) => {
    expect(isChargeable(accepted, state)).toBe(expected);
  });
});

describe('chargeDelta', () => {
  it.each<[string, ChargeFacts, ChargeFacts, number]>([
    ['accepted', UNCHARGED, { accepted: true, state: null }, 1],
    ['delivered after that', { accepted: true, state: null }, { accepted: true, state: 2 }, 0],
    ['local rejection', { accepted: true, state: null }, { accepted: true, state: 60 }, -1],
    ['corrected to delivered', { accepted: true, state: 60 }, { accepted: true, state: 2 }, 1],
    ['report before the answer', UNCHARGED, { accepted: false, state: 1 }, 1],
    ['the answer after it', { accepted: false, state: 1 }, { accepted: true, state: 1 }, 0],
    ['local rejection before the answer', UNCHARGED, { accepted: false, state: 60 }, 0],
    ['the answer after that', { accepted: false, state: 60 }, { accepted: true, state: 60 }, 0],
  ])('%s', (_, before, after, delta) => {
    expect(chargeDelta(before, after)).toBe(delta);
  });

  it('adds up to the charge of the last facts, whatever came between', () => {
    const facts = fc.record({ accepted: fc.boolean(), state: fc.constantFrom(null, 1, 2, 3, 6, 8, 9, 60, 77) });
    fc.assert(
      fc.property(fc.array(facts, { minLength: 1 }), (steps) => {
        let before = UNCHARGED;
        let net = 0;
        for (const after of steps) {
          net += chargeDelta(before, after);
          before = after;
        }
        expect(net).toBe(isChargeable(before.accepted, before.state) ? 1 : 0);
      }),
    );
  });
});

it('costs price × segments', () => {
  expect(costOf(money(35_000_000n, 'HKD'), 2)).toEqual(money(70_000_000n, 'HKD'));
});
