import { DATA_CODING, type DataCoding, isStorableText } from './encoding.js';
import { isNumberFault, looksUnassigned, parsePhoneNumber } from './phone-number.js';
import { formatText, type SignatureType } from './signature.js';
import { countSegments, MAX_SEGMENTS } from './slicing.js';
import { missingVariables, renderTemplate, type Template, type ValueOf } from './template.js';

/** Why a row of a bulk is not sent. The sentence completes the name of what is at fault, and holds no value of the row. */
export interface RowFault {
  readonly code:
    | 'content_too_long'
    | 'direction_duty_unmet'
    | 'empty_text'
    | 'impossible_number'
    | 'invalid_encoding'
    | 'invalid_row'
    | 'malformed_number'
    | 'missing_variables'
    | 'opted_out'
    | 'ragged_row'
    | 'row_too_long'
    | 'unassigned_number'
    | 'unpriced_area'
    | 'unstorable_text';
  readonly rule: string;
}

/** What every piece of a file has. */
interface FilePiece {
  /** The physical line on which it begins, from 1. */
  readonly line: number;
  /** What the digest of the file is made of. */
  readonly canonical: string;
}

/** The line that names the columns. */
export interface HeaderRow extends FilePiece {
  readonly kind: 'header';
}

/** A row that could not be read. */
export interface FaultyRow extends FilePiece {
  readonly kind: 'faulty';
  readonly fault: RowFault;
}

/** A row that was read. */
export interface ReadRow extends FilePiece {
  readonly kind: 'row';
  readonly to: unknown;
  /** Values of variables, by name. */
  readonly lookup: ValueOf;
}

/** A row of a file. */
export type FileRow = HeaderRow | FaultyRow | ReadRow;

/** A row that can be sent. */
export interface BulkMessage {
  readonly line: number;
  readonly countryCode: number;
  readonly msisdn: string;
  /** E.164 digits without +. */
  readonly digits: string;
  readonly segments: number;
  readonly encoding: DataCoding;
  /** Null: the text of the whole bulk. */
  readonly text: string | null;
}

/** What the rows of a bulk have in common. */
export interface BulkContent {
  readonly template: Template;
  readonly signature: { readonly text: string; readonly type?: number } | undefined;
  /** The app wants numbers that look unassigned refused. */
  readonly strictNumbers: boolean;
  /** Why messages to a country are refused: it has no price, or a duty is not met. */
  readonly countryFault: (countryCode: number) => RowFault | undefined;
}

interface Sized {
  readonly segments: number;
  readonly encoding: DataCoding;
}

/** Judges the rows of one bulk. What all of them share is looked at once. */
export class RowJudge {
  private readonly shared: Sized | RowFault | undefined;

  constructor(private readonly content: BulkContent) {
    if (content.template.variables.length === 0)
      this.shared = this.sized(renderTemplate(content.template, () => undefined));
  }

  /** The text is the same for all rows. */
  get isShared(): boolean {
    return this.shared !== undefined;
  }

  /** What is wrong with the text, where it is the same for all rows. */
  get sharedFault(): RowFault | undefined {
    return this.shared !== undefined && 'code' in this.shared ? this.shared : undefined;
  }

  judge(row: FaultyRow | ReadRow): BulkMessage | RowFault {
    if (row.kind === 'faulty') return row.fault;
    const { line, to, lookup } = row;
    const number = parsePhoneNumber(typeof to === 'string' ? to.trim() : to);
    if (isNumberFault(number)) return { code: number.code, rule: `to ${number.rule}` };
    if (this.content.strictNumbers && looksUnassigned(number))
      return { code: 'unassigned_number', rule: 'to must be in a range that its country uses' };
    const countryFault = this.content.countryFault(number.countryCode);
    if (countryFault !== undefined) return countryFault;
    const text = this.shared === undefined ? this.render(lookup) : null;
    if (text !== null && typeof text !== 'string') return text;
    const size = this.shared ?? this.sized(text ?? '');
    if ('code' in size) return size;
    const { countryCode, msisdn, e164 } = number;
    return { line, countryCode, msisdn, digits: e164.slice(1), text, segments: size.segments, encoding: size.encoding };
  }

  private render(lookup: ValueOf): string | RowFault {
    const missing = missingVariables(this.content.template, lookup);
    if (missing.length > 0) return { code: 'missing_variables', rule: `has no value for ${missing.join(', ')}` };
    return renderTemplate(this.content.template, lookup);
  }

  private sized(text: string): Sized | RowFault {
    if (text === '') return { code: 'empty_text', rule: 'text must not be empty' };
    const { signature } = this.content;
    const formatted = formatText(text, signature?.text, signature?.type as SignatureType | undefined);
    if (!isStorableText(formatted))
      return { code: 'unstorable_text', rule: 'text must not contain NUL or half of a surrogate pair' };
    const { encoding, segments, tooLong } = countSegments(formatted);
    if (tooLong)
      return {
        code: 'content_too_long',
        rule: `text must fit ${MAX_SEGMENTS} segments with its signature; in ${encoding} it takes ${segments}`,
      };
    return { segments, encoding: DATA_CODING[encoding] };
  }
}

/** Tells the two outcomes of `RowJudge.judge` apart. */
export function isRowFault(result: BulkMessage | RowFault): result is RowFault {
  return 'code' in result;
}
