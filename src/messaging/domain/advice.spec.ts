import * as fc from 'fast-check';

import { adviseOn } from './advice.js';
import { countSegments } from './slicing.js';

test('a plain text of one segment needs no advice', () => {
  expect(adviseOn('hello')).toEqual({
    forcing: [],
    encodings: [
      { encoding: 'gsm7', possible: true, units: 5, segments: 1 },
      { encoding: 'latin1', possible: true, units: 5, segments: 1 },
      { encoding: 'ucs2', possible: true, units: 5, segments: 1 },
    ],
    overEdge: 0,
    left: 155,
    suggestions: [],
  });
});

test('names the characters that force the encoding, with their places and what would do', () => {
  const { forcing, encodings, suggestions } = adviseOn(`It’s ç😀 and it’s ${'x'.repeat(80)}`);
  expect(forcing).toEqual([
    { character: '’', codePoint: 'U+2019', positions: [2, 14], count: 2, needs: 'ucs2', replacement: "'" },
    { character: 'ç', codePoint: 'U+00E7', positions: [5], count: 1, needs: 'latin1', replacement: null },
    { character: '😀', codePoint: 'U+1F600', positions: [6], count: 1, needs: 'ucs2', replacement: null },
  ]);
  expect(encodings).toEqual([
    { encoding: 'gsm7', possible: false, units: 97, segments: 1 },
    { encoding: 'latin1', possible: false, units: 97, segments: 1 },
    { encoding: 'ucs2', possible: true, units: 98, segments: 2 },
  ]);
  expect(suggestions.map(({ code, segments }) => [code, segments])).toEqual([['reword', 1]]);
});

test.each([
  ['it’s ' + 'x'.repeat(80), undefined, ['replace_characters', 1]],
  ['x'.repeat(80), { text: 'Sig' }, ['change_signature_type', 1]],
  ['x'.repeat(163), undefined, ['shorten', 1]],
])('suggests what saves a segment: %j', (text, signature, expected) => {
  const [first] = adviseOn(text, signature).suggestions;
  expect([first?.code, first?.segments]).toEqual(expected);
});

test.each([
  ['x'.repeat(160), 0, 0],
  ['x'.repeat(161), 1, 145],
  ['x'.repeat(306), 146, 0],
  ['x'.repeat(307), 1, 152],
  ['字'.repeat(71), 1, 63],
  ['€'.repeat(81), 2, 143],
])('%j is %i over the edge, and %i are left', (text, overEdge, left) => {
  expect(adviseOn(text)).toMatchObject({ overEdge, left });
});

test('as many units less as the text is over the edge, and it takes a segment less', () => {
  const texts = fc.string({ unit: fc.constantFrom('a', '€', 'ç', '字', '😀'), minLength: 1, maxLength: 400 });
  fc.assert(
    fc.property(texts, (text) => {
      const { encoding, units, segments } = countSegments(text);
      const { overEdge, encodings } = adviseOn(text);
      expect(encodings.find((size) => size.encoding === encoding)).toEqual({
        encoding,
        possible: true,
        units,
        segments,
      });
      if (segments === 1) return;
      let shorter = text;
      while (units - countSegments(shorter).units < overEdge && countSegments(shorter).encoding === encoding)
        shorter = Array.from(shorter).slice(0, -1).join('');
      expect(countSegments(shorter).segments).toBeLessThan(segments);
    }),
  );
});
