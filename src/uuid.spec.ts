import * as fc from 'fast-check';
import { ApplicationError } from './errors.js';
import { hexByte, isUuidv7, lowestUuidv7, parseUuid, uuidTime, uuidv7, uuidv7Head } from './uuid.js';

const ZEROS = new Uint8Array(10);
const ONES = new Uint8Array(10).fill(0xff);
const times = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const bytes = fc.uint8Array({ minLength: 10, maxLength: 10 });

describe('uuidv7', () => {
  it.each([
    // RFC 9562, A.6: the example of version 7.
    [
      0x017f22e279b0,
      Uint8Array.of(0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f),
      '017f22e2-79b0-7cc3-98c4-dc0c0c07398f',
    ],
    [0, ZEROS, '00000000-0000-7000-8000-000000000000'],
    [2 ** 48 - 1, ONES, 'ffffffff-ffff-7fff-bfff-ffffffffffff'],
  ])('of %d', (time, random, expected) => {
    expect(uuidv7(time, random)).toBe(expected);
  });

  it('says its time, is of version 7, and begins with its head', () => {
    fc.assert(
      fc.property(times, bytes, (time, random) => {
        const uuid = uuidv7(time, random);
        expect(isUuidv7(uuid)).toBe(true);
        expect(uuidTime(uuid)).toBe(time);
        expect(parseUuid(uuid)).toBe(uuid);
        expect(uuid.startsWith(uuidv7Head(time, random))).toBe(true);
        expect(uuidv7(time, Uint8Array.of(1, 2, 3, ...random), 3)).toBe(uuid);
      }),
    );
  });

  it('sorts by time, between the bounds of its millisecond', () => {
    fc.assert(
      fc.property(times, bytes, times, bytes, (time, random, later, other) => {
        fc.pre(time < later);
        expect(uuidv7(time, random) < uuidv7(later, other)).toBe(true);
        expect(uuidv7(time, random) < lowestUuidv7(later)).toBe(true);
        expect(uuidv7(time, random) >= lowestUuidv7(time)).toBe(true);
      }),
    );
  });

  it.each([-1, 2 ** 48, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('has no time %d', (time) => {
    expect(() => uuidv7(time, ZEROS)).toThrow(ApplicationError);
    expect(() => lowestUuidv7(time)).toThrow(ApplicationError);
  });

  it('wants its random bytes', () => {
    expect(() => uuidv7(0, new Uint8Array(9))).toThrow(ApplicationError);
    expect(() => uuidv7(0, new Uint8Array(10), 1)).toThrow(ApplicationError);
    expect(() => uuidv7Head(0, new Uint8Array(5))).toThrow(ApplicationError);
  });
});

it('reads UUIDs in their usual form only', () => {
  expect(parseUuid('017F22E2-79B0-7CC3-98C4-DC0C0C07398F')).toBe('017f22e2-79b0-7cc3-98c4-dc0c0c07398f');
  expect(parseUuid('017f22e2-79b0-4cc3-98c4-dc0c0c07398f')).toBeDefined();
  for (const other of [
    '',
    'x',
    '017f22e279b07cc398c4dc0c0c07398f',
    '017f22e2-79b0-7cc3-98c4-dc0c0c07398',
    'İ17f22e2-79b0-7cc3-98c4-dc0c0c0739',
  ])
    expect(parseUuid(other)).toBeUndefined();
  expect(isUuidv7('017f22e2-79b0-4cc3-98c4-dc0c0c07398f')).toBe(false);
  expect(isUuidv7('017f22e2-79b0-7cc3-c8c4-dc0c0c07398f')).toBe(false);
});

it('prints the low byte of any integer', () => {
  for (const [byte, digits] of [
    [0, '00'],
    [15, '0f'],
    [255, 'ff'],
    [256, '00'],
    [-1, 'ff'],
  ] as const)
    expect(hexByte(byte)).toBe(digits);
});
