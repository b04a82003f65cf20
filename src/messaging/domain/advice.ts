import { type Encoding, gsmSeptets, measureText } from './encoding.js';
import { formatText, type SignatureType } from './signature.js';
import { countSegments, MAX_SEGMENTS, SEGMENT_UNITS, slice } from './slicing.js';

/** A character that forces a dearer encoding than GSM 03.38. */
export interface ForcingCharacter {
  readonly character: string;
  /** `U+2019`. */
  readonly codePoint: string;
  /** Where it stands, in characters from 0, of the formatted text; the first 20 places. */
  readonly positions: readonly number[];
  readonly count: number;
  /** The cheapest encoding that has it. */
  readonly needs: 'latin1' | 'ucs2';
  /** What says about the same in GSM 03.38; null: nothing does. */
  readonly replacement: string | null;
}

/** What a text would take in an encoding. */
export interface EncodingSize {
  readonly encoding: Encoding;
  /** The encoding has all characters; otherwise each that it lacks is counted as one unit, as if it were replaced. */
  readonly possible: boolean;
  readonly units: number;
  readonly segments: number;
}

/** How a text could be cheaper. */
export interface Suggestion {
  readonly code: 'replace_characters' | 'change_signature_type' | 'shorten' | 'reword';
  /** Segments of an SMS when it is followed. */
  readonly segments: number;
  readonly text: string;
}

/** What a text costs the way it is written, and how it would cost less. */
export interface Advice {
  /** In the order of their first appearance. */
  readonly forcing: readonly ForcingCharacter[];
  /** Of each encoding, the cheapest first. */
  readonly encodings: readonly EncodingSize[];
  /** Units over the edge of the segment before the last: so many less, and one segment is saved. 0 for one segment. */
  readonly overEdge: number;
  /** Units that the last segment still takes. */
  readonly left: number;
  readonly suggestions: readonly Suggestion[];
}

const MAX_POSITIONS = 20;
/** So little over the edge that shortening is worth the advice. */
const WORTH_SHORTENING = 20;
const TYPE_BRACKETS: SignatureType = 3;

/** What people's editors put in place of plain characters, and those. Each is in GSM 03.38. */
const REPLACEMENTS: ReadonlyMap<string, string> = new Map([
  ...pairs("'", '‘’‚‛′`´'),
  ...pairs('"', '“”„‟″«»'),
  ...pairs('-', '‐‑‒–—―−•·'),
  ...pairs(' ', '\u00a0\u2002\u2003\u2009\u200a\u202f\u3000\t'),
  ...pairs('', '\u200b\u200c\u200d\u2060\ufeff\u00ad\ufe0f'),
  ['…', '...'],
  ['‹', '<'],
  ['›', '>'],
  ['×', 'x'],
  ['：', ':'],
  ['，', ','],
  ['！', '!'],
  ['？', '?'],
  ['（', '('],
  ['）', ')'],
]);

function pairs(plain: string, fancy: string): [string, string][] {
  return Array.from(fancy, (character) => [character, plain]);
}

/**
 * Looks at a text as an adviser: what forces its encoding, what each encoding would take, how far it is over the last edge.
 * @param text without signature
 */
export function adviseOn(text: string, signature?: { readonly text: string; readonly type?: number }): Advice {
  const formatted = formatText(text, signature?.text, signature?.type as SignatureType | undefined);
  const { encoding, units, segments, parts } = slice(formatted);
  const { single, multiple } = SEGMENT_UNITS[encoding];
  const last = unitsIn(parts.at(-1) ?? '', encoding);
  const forcing = forcingCharacters(formatted);
  const size = { encoding, segments, overEdge: segments === 1 ? 0 : segments === 2 ? units - single : last };
  return {
    forcing,
    encodings: (['gsm7', 'latin1', 'ucs2'] as const).map((name) => sizeIn(formatted, name)),
    overEdge: size.overEdge,
    left: segments === 1 ? single - units : multiple - last,
    suggestions: suggestionsFor(text, signature, forcing, size),
  };
}

function forcingCharacters(text: string): ForcingCharacter[] {
  const found = new Map<string, { positions: number[]; count: number }>();
  let position = 0;
  for (const character of text) {
    if (character.length > 1 || gsmSeptets(character.charCodeAt(0)) === 0) {
      const known = found.get(character) ?? { positions: [], count: 0 };
      known.count += 1;
      if (known.positions.length < MAX_POSITIONS) known.positions.push(position);
      found.set(character, known);
    }
    position += 1;
  }
  return [...found].map(([character, places]) => ({
    character,
    codePoint: `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`,
    ...places,
    needs: (character.codePointAt(0) ?? 0) <= 0xff ? 'latin1' : 'ucs2',
    replacement: REPLACEMENTS.get(character) ?? null,
  }));
}

/** Units of a text; a character that the encoding lacks counts one. */
function unitsIn(text: string, encoding: Encoding): number {
  if (encoding === 'ucs2') return text.length;
  let units = 0;
  for (const character of text)
    units += encoding === 'gsm7' && character.length === 1 ? gsmSeptets(character.charCodeAt(0)) || 1 : 1;
  return units;
}

function sizeIn(text: string, encoding: Encoding): EncodingSize {
  const { single, multiple } = SEGMENT_UNITS[encoding];
  const { encoding: chosen } = measureText(text);
  const possible = encoding === 'ucs2' || Array.from(text).every((character) => carries(encoding, character));
  const units = unitsIn(text, encoding);
  // In its own encoding a text is cut so that no pair is split; elsewhere the division says as much as is needed.
  const segments =
    chosen === encoding ? countSegments(text).segments : units <= single ? 1 : Math.ceil(units / multiple);
  return { encoding, possible, units, segments };
}

function carries(encoding: 'gsm7' | 'latin1', character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  return encoding === 'latin1' ? code <= 0xff : character.length === 1 && gsmSeptets(code) > 0;
}

interface CurrentSize {
  readonly encoding: Encoding;
  readonly segments: number;
  readonly overEdge: number;
}

function suggestionsFor(
  text: string,
  signature: { readonly text: string; readonly type?: number } | undefined,
  forcing: readonly ForcingCharacter[],
  { encoding, segments, overEdge }: CurrentSize,
): Suggestion[] {
  const suggestions: Suggestion[] = [];
  const type = signature?.type as SignatureType | undefined;
  const replaced = countSegments(formatText(replaceCharacters(text), signature?.text, type));
  if (replaced.segments < segments) {
    const named = forcing.filter(({ replacement }) => replacement !== null).map(({ codePoint }) => codePoint);
    suggestions.push({
      code: 'replace_characters',
      segments: replaced.segments,
      text: `With plain characters for ${named.join(', ')} it would be ${replaced.encoding}.`,
    });
  }
  const bracketed = countSegments(formatText(text, signature?.text, TYPE_BRACKETS));
  if (signature !== undefined && type !== 5 && bracketed.segments < segments)
    suggestions.push({
      code: 'change_signature_type',
      segments: bracketed.segments,
      text: `With signature type 3 or 4, [ ] instead of 【 】, it would be ${bracketed.encoding}.`,
    });
  if (segments > 1 && overEdge <= WORTH_SHORTENING)
    suggestions.push({
      code: 'shorten',
      segments: segments - 1,
      text: `It is ${overEdge} over the edge: so much shorter, it takes a segment less.`,
    });
  const plain = countSegments(Array.from(text, (character) => (carries('gsm7', character) ? character : 'x')).join(''));
  if (encoding !== 'gsm7' && suggestions.length === 0 && plain.segments < segments && forcing.length <= 3)
    suggestions.push({
      code: 'reword',
      segments: plain.segments,
      text: `Without ${forcing.map(({ codePoint }) => codePoint).join(', ')} it could be gsm7.`,
    });
  return suggestions.filter((suggestion) => suggestion.segments <= MAX_SEGMENTS);
}

function replaceCharacters(text: string): string {
  return Array.from(text, (character) => REPLACEMENTS.get(character) ?? character).join('');
}
