import { type Encoding, isHighSurrogate, isLowSurrogate, measureText, gsmSeptets } from './encoding.js';

/** An SMS has at most this many segments (protocol.md 6); the limit of SMS_CONTENT. */
export const MAX_SEGMENTS = 10;

/** Units that a segment holds, by encoding: alone, or as one of several (the rest is the concatenation header). */
export const SEGMENT_UNITS: Readonly<Record<Encoding, { readonly single: number; readonly multiple: number }>> = {
  gsm7: { single: 160, multiple: 153 },
  latin1: { single: 140, multiple: 134 },
  ucs2: { single: 70, multiple: 67 },
};

/** How a text travels. */
export interface SegmentCount {
  readonly encoding: Encoding;
  /** Septets, octets or UTF-16 code units of the whole text. */
  readonly units: number;
  /** Segments it takes, 1 or more; the true number also when it is over the limit. */
  readonly segments: number;
  /** More than `MAX_SEGMENTS`: REST refuses it as `content_too_long`, UIP as Invalid_context. */
  readonly tooLong: boolean;
}

/** How a text travels, with the text of each segment in order: joined they are the text again. */
export interface SlicedText extends SegmentCount {
  readonly parts: readonly string[];
}

/**
 * Counts the segments of a formatted text without building them. Never throws: a text that is too long is told by `tooLong`.
 * The empty text counts one segment; whether it may be sent is for the caller.
 */
export function countSegments(text: string): SegmentCount {
  const { encoding, units } = measureText(text);
  const { single, multiple } = SEGMENT_UNITS[encoding];
  if (units <= single) return { encoding, units, segments: 1, tooLong: false };
  const segments = mayHavePairs(text, encoding, units) ? walk(text, encoding) : Math.ceil(units / multiple);
  return { encoding, units, segments, tooLong: segments > MAX_SEGMENTS };
}

/**
 * Slices a formatted text into its segments, each as full as it can be, so that there are no more of them than needed
 * (protocol.md 6). A septet pair of the extension table and a surrogate pair are never split; a lone surrogate stands for itself.
 * Builds all the parts of a text that is too long too: its length is the caller's own limit on input.
 */
export function slice(text: string): SlicedText {
  const { encoding, units } = measureText(text);
  const { single, multiple } = SEGMENT_UNITS[encoding];
  if (units <= single) return { encoding, units, segments: 1, tooLong: false, parts: [text] };
  const pairs = mayHavePairs(text, encoding, units);
  const parts: string[] = [];
  for (let start = 0; start < text.length;) {
    const end = pairs ? partEnd(text, start, encoding) : start + multiple;
    parts.push(text.slice(start, end));
    start = end;
  }
  return { encoding, units, segments: parts.length, tooLong: parts.length > MAX_SEGMENTS, parts };
}

/** Whether something in the text may have to be kept together: without, parts are of equal length. */
function mayHavePairs(text: string, encoding: Encoding, units: number): boolean {
  return encoding === 'ucs2' || units !== text.length;
}

function walk(text: string, encoding: Encoding): number {
  let segments = 0;
  for (let start = 0; start < text.length; segments++) start = partEnd(text, start, encoding);
  return segments;
}

/** Index after the last code unit of the fullest part that begins at `start`, for a text of several segments. */
function partEnd(text: string, start: number, encoding: Encoding): number {
  const limit = SEGMENT_UNITS[encoding].multiple;
  if (encoding === 'gsm7') return septetPartEnd(text, start, limit);
  const end = Math.min(start + limit, text.length);
  // Past the end charCodeAt is NaN, which is no surrogate.
  const splitsPair = isHighSurrogate(text.charCodeAt(end - 1)) && isLowSurrogate(text.charCodeAt(end));
  return splitsPair ? end - 1 : end;
}

function septetPartEnd(text: string, start: number, limit: number): number {
  let septets = 0;
  let end = start;
  for (; end < text.length; end++) {
    septets += gsmSeptets(text.charCodeAt(end));
    if (septets > limit) break;
  }
  return end;
}
