import { isSerial, SerialCounter } from './serial.js';

describe('SERIAL (protocol.md 2)', () => {
  it('counts 1..128, cyclic', () => {
    const serials = new SerialCounter();
    const counted = Array.from({ length: 257 }, () => serials.next());
    expect(counted.slice(0, 3)).toEqual([1, 2, 3]);
    expect(counted.slice(126, 130)).toEqual([127, 128, 1, 2]);
    expect(Math.max(...counted)).toBe(128);
  });

  it.each([
    [1, true],
    [128, true],
    [65_535, true],
    [0, false],
    [65_536, false],
    [-1, false],
    [1.5, false],
    ['1', false],
    [null, false],
    [Number.NaN, false],
  ])('accepts %p: %p', (value, accepted) => expect(isSerial(value)).toBe(accepted));
});
