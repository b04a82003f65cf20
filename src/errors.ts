/**
 * What went wrong, as far as the caller is concerned. The edge (REST, UIP, the command line) turns a kind into its own
 * words: an HTTP status, a RESULT_CODE, an exit code.
 */
export type ErrorKind =
  | 'malformed' // the input can't be read
  | 'rule' // the input is readable and breaks a rule
  | 'unauthorized' // nobody knows who asks
  | 'forbidden' // the asker may not
  | 'not_found'
  | 'conflict' // the state of things forbids it now
  | 'overload' // too much; the caller may try again later
  | 'unavailable' // something that we need is away; the outcome may be unknown
  | 'internal'; // a defect of ours

/** One fault of an input: which member, and the rule that it breaks. */
export interface FieldFault {
  /** Path of the member, in the caller's own names: `to[3].msisdn`. */
  field: string;
  /** The rule, as a sentence: `must be at most 32 characters`. */
  rule: string;
}

/** Facts that the edge may show besides code and message. */
export interface ErrorDetails {
  cause?: unknown;
  /** The faulty members, when the input is at fault. */
  faults?: readonly FieldFault[];
  /** Seconds after which it makes sense to try again (Retry-After). */
  retryAfter?: number;
}

/**
 * Base of every error that we raise on purpose. `code` is stable and documented; the message may be shown to the caller,
 * so it carries no number, text or key in clear.
 */
export class ApplicationError extends Error {
  readonly faults: readonly FieldFault[];
  readonly retryAfter: number | undefined;

  constructor(
    readonly kind: ErrorKind,
    readonly code: string,
    message: string,
    details: ErrorDetails = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.faults = details.faults ?? [];
    this.retryAfter = details.retryAfter;
  }
}
