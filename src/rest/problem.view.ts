/** A faulty member of a request. */
export class FieldFaultView {
  /** Path of the member: `to[3].msisdn`. */
  readonly field: string;
  /** The rule that it breaks. */
  readonly rule: string;
}

/** The body of every error answer: RFC 9457. Programs go by `code`; docs/errors.md has them all. */
export class ProblemView {
  /** `urn:cloudsms:problem:` and the code. */
  readonly type: string;
  /** The status in words. */
  readonly title: string;
  readonly status: number;
  /** What went wrong this time, for people. */
  readonly detail: string;
  /** Stable name of the kind of problem. */
  readonly code: string;
  /** Names the request in our log, where that says more. */
  readonly instance?: string;
  /** The faulty members, when the input is at fault. */
  readonly errors?: FieldFaultView[];
}
