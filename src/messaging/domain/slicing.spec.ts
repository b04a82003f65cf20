import * as fc from 'fast-check';
import { gsmSeptets, measureText } from './encoding.js';
import { countSegments, MAX_SEGMENTS, SEGMENT_UNITS, slice } from './slicing.js';

describe('the limits of protocol.md 6', () => {
  it.each([
    ['gsm7', 'a', 160, 153, 1530],
    ['latin1', 'á', 140, 134, 1340],
    ['ucs2', '你', 70, 67, 670],
  ] as const)('%s', (encoding, character, single, multiple, ten) => {
    const of = (units: number) => countSegments(character.repeat(units));
    expect(of(1)).toEqual({ encoding, units: 1, segments: 1, tooLong: false });
    expect(of(single)).toEqual({ encoding, units: single, segments: 1, tooLong: false });
    expect(of(single + 1)).toEqual({ encoding, units: single + 1, segments: 2, tooLong: false });
    expect(of(2 * multiple).segments).toBe(2);
    expect(of(2 * multiple + 1).segments).toBe(3);
    expect(of(ten)).toEqual({ encoding, units: ten, segments: MAX_SEGMENTS, tooLong: false });
    expect(of(ten + 1)).toEqual({ encoding, units: ten + 1, segments: 11, tooLong: true });
    expect(of(7 * multiple).segments).toBe(7);
    expect(of(7 * multiple + 1).segments).toBe(8);
  });
});

describe('pairs', () => {
  it('never splits an extension character, so that a text may need one part more than a division says', () => {
    const text = `${'a'.repeat(152)}€${'a'.repeat(152)}`;
    expect(measureText(text).units).toBe(306);
    expect(slice(text).parts).toEqual(['a'.repeat(152), `€${'a'.repeat(151)}`, 'a']);
    expect(countSegments(text).segments).toBe(3);
  });

  it('never splits a surrogate pair', () => {
    const text = `${'你'.repeat(66)}😀${'你'.repeat(66)}`;
    expect(text).toHaveLength(134);
    expect(slice(text).parts).toEqual(['你'.repeat(66), `😀${'你'.repeat(65)}`, '你']);
    expect(countSegments(text).segments).toBe(3);
  });

  it('fits 80 extension characters into one segment and no more', () => {
    expect(countSegments('€'.repeat(80)).segments).toBe(1);
    expect(countSegments('€'.repeat(81)).segments).toBe(2);
  });

  it('holds 33 surrogate pairs a part, 35 in a text of one', () => {
    expect(countSegments('😀'.repeat(35)).segments).toBe(1);
    expect(slice('😀'.repeat(36)).parts).toEqual(['😀'.repeat(33), '😀'.repeat(3)]);
    expect(countSegments('😀'.repeat(330)).tooLong).toBe(false);
    expect(countSegments('😀'.repeat(331)).tooLong).toBe(true);
  });

  it('takes lone surrogates one by one', () => {
    const lone = '\ud83d'.repeat(68) + '你'.repeat(10);
    expect(slice(lone).parts).toEqual(['\ud83d'.repeat(67), `\ud83d${'你'.repeat(10)}`]);
    const reversed = `${'你'.repeat(66)}\ude00\ud83d${'你'.repeat(10)}`;
    expect(slice(reversed).parts[0]).toBe(`${'你'.repeat(66)}\ude00`);
  });
});

it('counts the empty text as one empty segment', () => {
  expect(slice('')).toEqual({ encoding: 'gsm7', units: 0, segments: 1, tooLong: false, parts: [''] });
  expect(countSegments('').segments).toBe(1);
});

const alphabets = ['ab€[]^~0', 'aá`ÿ[]', '你a😀€', 'a', '\ud83d\ude00你', 'aΩ€\f\n'] as const;
const texts = fc.oneof(
  ...alphabets.map((alphabet) =>
    fc.string({ unit: fc.constantFrom(...Array.from(alphabet)), maxLength: 900, size: 'max' }),
  ),
  fc.string({ unit: 'grapheme', maxLength: 400, size: 'max' }),
  fc.string({ unit: 'binary', maxLength: 400, size: 'max' }),
);

/** Characters that no part may split, by the encoding: code units, but for well-formed surrogate pairs. */
function atoms(text: string): string[] {
  return Array.from(text);
}

function unitsOf(atom: string, encoding: string): number {
  return encoding === 'gsm7' ? gsmSeptets(atom.charCodeAt(0)) : atom.length;
}

/** The least number of parts, by dynamic programming over every place where a text may be cut. */
function fewestParts(text: string, encoding: 'gsm7' | 'latin1' | 'ucs2'): number {
  const sizes = atoms(text).map((atom) => unitsOf(atom, encoding));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total <= SEGMENT_UNITS[encoding].single) return 1;
  const fewest = [0];
  for (let end = 1; end <= sizes.length; end++) {
    let best = Number.POSITIVE_INFINITY;
    for (let start = end - 1, used = 0; start >= 0; start--) {
      used += sizes[start];
      if (used > SEGMENT_UNITS[encoding].multiple) break;
      best = Math.min(best, fewest[start] + 1);
    }
    fewest.push(best);
  }
  return fewest[sizes.length];
}

describe('any text', () => {
  it('is the join of its parts, none over the limit, none splitting a pair', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const { parts, encoding, segments, tooLong, units } = slice(text);
        expect(parts.join('')).toBe(text);
        expect(parts).toHaveLength(segments);
        expect(tooLong).toBe(segments > MAX_SEGMENTS);
        expect(parts.flatMap(atoms)).toEqual(atoms(text));
        const limit = segments === 1 ? SEGMENT_UNITS[encoding].single : SEGMENT_UNITS[encoding].multiple;
        const sizes = parts.map((part) => atoms(part).reduce((sum, atom) => sum + unitsOf(atom, encoding), 0));
        expect(Math.max(...sizes)).toBeLessThanOrEqual(limit);
        expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(units);
      }),
      { numRuns: 150 },
    );
  });

  it('has no more parts than needed, and is counted as it is sliced', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const { parts, ...sliced } = slice(text);
        expect(countSegments(text)).toEqual(sliced);
        expect(parts).toHaveLength(fewestParts(text, sliced.encoding));
      }),
      { numRuns: 150 },
    );
  });
});
