import { type Encoding, measureText } from './encoding.js';
import { formatText, type SignatureType } from './signature.js';
import { countSegments, type SegmentCount } from './slicing.js';
import { renderTemplate, type Template } from './template.js';

/** What is known of the values of a variable: examples, or how long they may get. */
export interface VariableRange {
  readonly examples?: readonly string[];
  /** Characters; the shortest value is empty. */
  readonly maxLength?: number;
  /** Its values may have characters beyond GSM 03.38. */
  readonly unicode?: boolean;
}

/** A message that a template makes. */
export interface SizedText extends SegmentCount {
  /** Signature included. */
  readonly formatted: string;
}

/** The length of a variable of which nothing is known. */
const USUAL_LENGTH = 20;
const DEARNESS: Readonly<Record<Encoding, number>> = { gsm7: 0, latin1: 1, ucs2: 2 };

/**
 * The messages of the fewest and the most segments that a template makes. Of a variable's examples the shortest and the longest
 * count, and the same among those that take the cheapest and the dearest encoding.
 */
export function rangeOf(
  template: Template,
  ranges: ReadonlyMap<string, VariableRange>,
  signature?: { readonly text: string; readonly type?: number },
): { readonly shortest: SizedText; readonly longest: SizedText } {
  const values = new Map(template.variables.map(({ name }) => [name, extremesOf(ranges.get(name) ?? {})]));
  const textOf = (choice: keyof Extremes): SizedText => {
    const text = renderTemplate(template, (name) => values.get(name)?.[choice]);
    const formatted = formatText(text, signature?.text, signature?.type as SignatureType | undefined);
    return { ...countSegments(formatted), formatted };
  };
  const small = [textOf('cheapest'), textOf('shortest')];
  const large = [textOf('dearest'), textOf('longest')];
  return {
    shortest: small.reduce((best, text) => (text.segments < best.segments ? text : best)),
    longest: large.reduce((best, text) => (text.segments > best.segments ? text : best)),
  };
}

interface Extremes {
  readonly shortest: string;
  /** The shortest of those in the cheapest encoding. */
  readonly cheapest: string;
  readonly longest: string;
  /** The longest of those in the dearest encoding. */
  readonly dearest: string;
}

function extremesOf({ examples = [], maxLength = USUAL_LENGTH, unicode = false }: VariableRange): Extremes {
  const values = examples.length > 0 ? examples : ['', (unicode ? '字' : 'x').repeat(maxLength)];
  const byLength = values.toSorted((one, other) => one.length - other.length);
  const dearness = values.map((value) => DEARNESS[measureText(value).encoding]);
  const cheap = byLength.find((value) => DEARNESS[measureText(value).encoding] === Math.min(...dearness));
  const dear = byLength.findLast((value) => DEARNESS[measureText(value).encoding] === Math.max(...dearness));
  const [shortest = ''] = byLength;
  const longest = byLength.at(-1) ?? '';
  return { shortest, cheapest: cheap ?? shortest, longest, dearest: dear ?? longest };
}
