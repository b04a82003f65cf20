import * as fc from 'fast-check';
import { DATA_CODING, type Encoding, encodingOf, gsmSeptets, isStorableText, measureText } from './encoding.js';

/** 3GPP TS 23.038, 6.2.1, by code point, written down apart from the source's table. */
const DEFAULT_CODE_POINTS = [
  0x40, 0xa3, 0x24, 0xa5, 0xe8, 0xe9, 0xf9, 0xec, 0xf2, 0xc7, 0x0a, 0xd8, 0xf8, 0x0d, 0xc5, 0xe5, 0x394, 0x5f, 0x3a6,
  0x393, 0x39b, 0x3a9, 0x3a0, 0x3a8, 0x3a3, 0x398, 0x39e, 0xc6, 0xe6, 0xdf, 0xc9, 0x20, 0x21, 0x22, 0x23, 0xa4, 0x25,
  0x26, 0x27, 0x28, 0x29, 0x2a, 0x2b, 0x2c, 0x2d, 0x2e, 0x2f, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38,
  0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f, 0xa1, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x4b,
  0x4c, 0x4d, 0x4e, 0x4f, 0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0xc4, 0xd6, 0xd1, 0xdc,
  0xa7, 0xbf, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f, 0x70, 0x71,
  0x72, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0xe4, 0xf6, 0xf1, 0xfc, 0xe0,
];
const EXTENSION_CODE_POINTS = [0x0c, 0x5e, 0x7b, 0x7d, 0x5c, 0x5b, 0x7e, 0x5d, 0x7c, 0x20ac];

describe('the GSM 03.38 alphabet', () => {
  it('has exactly the characters of 3GPP TS 23.038, for every UTF-16 code unit', () => {
    expect(DEFAULT_CODE_POINTS).toHaveLength(127);
    const expected = new Map<number, number>();
    for (const code of DEFAULT_CODE_POINTS) expected.set(code, 1);
    for (const code of EXTENSION_CODE_POINTS) expected.set(code, 2);
    const wrong: number[] = [];
    for (let code = 0; code <= 0xffff; code++) if (gsmSeptets(code) !== (expected.get(code) ?? 0)) wrong.push(code);
    expect(wrong).toEqual([]);
  });

  it('lacks what is often taken for it: ç, the back quote, Greek small letters, the escape', () => {
    for (const character of 'ç`ωαáíóúÁÍ\u001b\u00a0') expect(gsmSeptets(character.charCodeAt(0))).toBe(0);
  });
});

describe('the choice of the encoding', () => {
  it.each<[string, string, Encoding, number]>([
    ['nothing', '', 'gsm7', 0],
    ['ASCII', 'Your code is 1234', 'gsm7', 17],
    ['at sign, dollar, underscore', '@$_', 'gsm7', 3],
    ['capital cedilla', 'Ç', 'gsm7', 1],
    ['small cedilla', 'ç', 'latin1', 1],
    ['Greek capitals', 'ΔΦΓΛΩΠΨΣΘΞ', 'gsm7', 10],
    ['the other Greek capitals look like Latin ones and are none', 'Α', 'ucs2', 1],
    ['euro', '€', 'gsm7', 2],
    ['the extension table', '^{}\\[~]|€\f', 'gsm7', 20],
    ['back quote', '`', 'latin1', 1],
    ['extension characters cost one octet in Latin-1', '[á]', 'latin1', 3],
    ['the last code point of Latin-1', 'ÿ', 'latin1', 1],
    ['controls', '\u0000\u0001\t\u007f\u0080', 'latin1', 5],
    ['the first code point beyond', 'Ā', 'ucs2', 1],
    ['GSM characters beyond Latin-1 with Latin-1 ones', 'Ωá', 'ucs2', 2],
    ['the euro with Latin-1 ones, in either order', 'á€', 'ucs2', 2],
    ['Chinese', '验证码', 'ucs2', 3],
    ['a surrogate pair', '😀', 'ucs2', 2],
    ['a lone surrogate', '\ud83d', 'ucs2', 1],
    ['late surprises', `${'a'.repeat(500)}你`, 'ucs2', 501],
  ])('%s', (_, text, encoding, units) => {
    expect(measureText(text)).toEqual({ encoding, units });
  });

  it('is the first encoding that carries every character', () => {
    const isGsm = (text: string) =>
      Array.from(text).every((one) => isIn(DEFAULT_CODE_POINTS, one) || isIn(EXTENSION_CODE_POINTS, one));
    const isIn = (table: number[], one: string) => table.includes(one.codePointAt(0) ?? -1);
    const mixed = fc.string({ unit: fc.constantFrom(...Array.from('abc019@€[]ΔΩéçá`ÿĀ你😀')) });
    fc.assert(
      fc.property(fc.oneof(mixed, fc.string(), fc.string({ unit: 'binary' })), (text) => {
        const { encoding, units } = measureText(text);
        const isLatin1 = Array.from(text).every((one) => (one.codePointAt(0) ?? 0) <= 0xff);
        const expected = isGsm(text) ? 'gsm7' : isLatin1 ? 'latin1' : 'ucs2';
        expect(encoding).toBe(expected);
        const extended = Array.from(text).filter((one) => isIn(EXTENSION_CODE_POINTS, one)).length;
        expect(units).toBe(expected === 'gsm7' ? text.length + extended : text.length);
      }),
    );
  });
});

describe('the stored code', () => {
  it('is the SMPP data coding, and leads back', () => {
    expect(DATA_CODING).toEqual({ gsm7: 0, latin1: 3, ucs2: 8 });
    for (const encoding of ['gsm7', 'latin1', 'ucs2'] as const)
      expect(encodingOf(DATA_CODING[encoding])).toBe(encoding);
    for (const other of [-1, 1, 2, 4, 9, 0.5, Number.NaN]) expect(encodingOf(other)).toBeUndefined();
  });
});

describe('isStorableText', () => {
  it.each([
    ['', true],
    ['abc 你 😀', true],
    ['a\u0000b', false],
    ['\ud83d', false],
    ['\ude00', false],
    ['\ud83dx', false],
    ['\ude00\ud83d', false],
    ['\ud83d\ud83d\ude00', false],
    ['\ud83d\ude00\ude00', false],
  ])('%j is %s', (text, expected) => {
    expect(isStorableText(text)).toBe(expected);
  });

  it('holds of exactly the texts that UTF-8 and back leaves as they are', () => {
    const units = fc.array(fc.oneof(fc.integer({ min: 1, max: 0xffff }), fc.integer({ min: 0xd700, max: 0xe010 })));
    fc.assert(
      fc.property(units, (codes) => {
        const text = String.fromCharCode(...codes);
        expect(isStorableText(text)).toBe(Buffer.from(text, 'utf8').toString('utf8') === text);
      }),
    );
  });
});
