/** A change that an operator made. */
export class AuditView {
  readonly id: string;
  readonly at: string;
  readonly action: string;
  readonly account: string | null;
  readonly requestId: string;
  readonly remoteAddress: string;
  /** What was asked for, without keys; numbers as keyed hashes. */
  readonly details: object;
}
