import * as fc from 'fast-check';
import { countSegments } from './slicing.js';
import { formatText, isSignatureType, type SignatureType, splitSignature } from './signature.js';

describe('formatText (protocol.md 5)', () => {
  it.each<[SignatureType | undefined, string]>([
    [1, '【Acme】hello'],
    [2, 'hello【Acme】'],
    [3, '[Acme] hello'],
    [4, 'hello[Acme]'],
    [5, 'hello'],
    [undefined, '【Acme】hello'],
  ])('type %s', (type, expected) => {
    expect(formatText('hello', 'Acme', type)).toBe(expected);
  });

  it.each([undefined, null, ''])('leaves the text alone when the signature is %j, whatever the type', (signature) => {
    for (const type of [undefined, null, 1, 2, 3, 4, 5] as const)
      expect(formatText(' hello ', signature, type)).toBe(' hello ');
  });

  it('uses the signature as it is, blanks included', () => {
    expect(formatText('x', ' A ', 3)).toBe('[ A ] x');
  });

  it('is what decides the encoding', () => {
    const text = 'a'.repeat(156);
    expect(countSegments(formatText(text, 'S', 1))).toMatchObject({ encoding: 'ucs2', segments: 3 });
    // Two brackets of two septets each, the signature, and in type 3 a blank.
    expect(countSegments(formatText(text.slice(1), 'S', 4))).toMatchObject({
      encoding: 'gsm7',
      units: 160,
      segments: 1,
    });
    expect(countSegments(formatText(text.slice(1), 'S', 3))).toMatchObject({
      encoding: 'gsm7',
      units: 161,
      segments: 2,
    });
  });
});

it('knows the types 1 to 5', () => {
  for (const type of [1, 2, 3, 4, 5]) expect(isSignatureType(type)).toBe(true);
  for (const other of [0, 6, -1, 1.5, '1', null, undefined, Number.NaN, 2 ** 32 + 1])
    expect(isSignatureType(other)).toBe(false);
});

describe('splitSignature', () => {
  it.each([
    ['【Acme】hello', 'Acme', 'hello'],
    ['hello【Acme】', 'Acme', 'hello'],
    ['[Acme] hello', 'Acme', 'hello'],
    ['[Acme]hello', 'Acme', 'hello'],
    ['[Acme]  hello', 'Acme', ' hello'],
    ['hello[Acme]', 'Acme', 'hello'],
    ['hello [Acme]', 'Acme', 'hello '],
    ['【A】hello【B】', 'A', 'hello【B】'],
    ['hello', null, 'hello'],
    ['', null, ''],
    ['[]hello', null, '[]hello'],
    ['hello [x] there', null, 'hello [x] there'],
    ['[Acme】hello', null, '[Acme】hello'],
    ['a [b [c]', 'c', 'a [b '],
  ])('%s', (text, signature, content) => {
    expect(splitSignature(text)).toEqual({ signature, content });
  });

  it('finds what formatText put there', () => {
    const plain = fc.string({ unit: fc.constantFrom(...Array.from('abc 1你é.')), minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(plain, plain, fc.constantFrom<SignatureType>(1, 2, 3, 4), (text, signature, type) => {
        expect(splitSignature(formatText(text, signature, type))).toEqual({ signature, content: text });
      }),
    );
  });

  it('stays linear on a text made of brackets', () => {
    const hostile = `x${'['.repeat(200_000)}`;
    expect(splitSignature(hostile)).toEqual({ signature: null, content: hostile });
  });
});
