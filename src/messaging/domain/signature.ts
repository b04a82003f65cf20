/** Where a signature stands in a text (protocol.md 5). */

/** SIGNATURE_TYPE: 1 `【S】text`, 2 `text【S】`, 3 `[S] text`, 4 `text[S]`, 5 the text has it already. */
export type SignatureType = 1 | 2 | 3 | 4 | 5;

/** How a signature without a type is placed (protocol.md 5, decision). */
export const DEFAULT_SIGNATURE_TYPE: SignatureType = 1;

/** What stands between the bracket and the text in type 3, and nowhere else: as printed, unverified. */
export const TYPE_3_BLANK = ' ';

/** True of the integers 1..5. */
export function isSignatureType(value: unknown): value is SignatureType {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 5;
}

/**
 * The formatted text: what is sliced, limited and billed. An absent (undefined, null, empty) signature leaves the text as it
 * is, whatever the type; an absent type is type 1. The signature comes without brackets and is used as it is.
 */
export function formatText(text: string, signature?: string | null, type?: SignatureType | null): string {
  if (signature === undefined || signature === null || signature === '') return text;
  switch (type ?? DEFAULT_SIGNATURE_TYPE) {
    case 1:
      return `【${signature}】${text}`;
    case 2:
      return `${text}【${signature}】`;
    case 3:
      return `[${signature}]${TYPE_3_BLANK}${text}`;
    case 4:
      return `${text}[${signature}]`;
    default:
      return text;
  }
}

/** A text taken apart: the bracketed signature in it, without brackets, and what is left. */
export interface SignedText {
  /** `null` when the text begins and ends without a bracketed signature. */
  readonly signature: string | null;
  readonly content: string;
}

const LEADING = /^(?:【([^【】]+)】|\[([^[\]]+)\] ?)/;
const TRAILING = /(?:【([^【】]+)】|\[([^[\]]+)\])$/;

/**
 * Finds the signature in a text of type 5: a leading bracketed one, else a trailing one (protocol.md 8: registered content is
 * matched without it). Only one is taken, and the text is otherwise untouched.
 */
export function splitSignature(text: string): SignedText {
  const leading = LEADING.exec(text);
  if (leading) return { signature: leading[1] ?? leading[2] ?? null, content: text.slice(leading[0].length) };
  // The end is searched from its last opening bracket: a pattern alone would try every bracket of a long text.
  const opening = Math.max(text.lastIndexOf('【'), text.lastIndexOf('['));
  const trailing = opening < 0 ? null : TRAILING.exec(text.slice(opening));
  if (trailing === null) return { signature: null, content: text };
  return { signature: trailing[1] ?? trailing[2] ?? null, content: text.slice(0, opening) };
}
