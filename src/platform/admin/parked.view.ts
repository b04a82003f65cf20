/** A report that was pushed in vain for 24 hours. */
export class ParkedView {
  readonly id: string;
  readonly smsUid: string;
  readonly account: string;
  readonly state: number;
  readonly stateName: string;
  readonly reportedAt: string;
  readonly parkedAt: string;
  readonly attempts: number;
  /** What came of the last attempt. */
  readonly lastError: string | null;
}

/** What a re-push did. */
export class RepushView {
  readonly repushed: number;
  /** Whether more are parked of those that were meant: call again. */
  readonly more: boolean;
}
