/** How an attempt ended; stored in attempt.outcome. */
export const AttemptOutcome = { answered: 1, not_sent: 2, in_doubt: 3 } as const;
export type AttemptOutcome = keyof typeof AttemptOutcome;

/** What becomes of a member of a packet that was attempted. */
export type Verdict =
  | { readonly kind: 'accepted'; readonly uid: string | undefined }
  | { readonly kind: 'failed'; readonly reason: number }
  | { readonly kind: 'in_doubt' }
  | { readonly kind: 'retry' };

/** A new packet of some members of an attempted one. */
export interface Retry {
  readonly members: readonly number[];
  /** Business time, milliseconds. */
  readonly dueAt: number;
  /** This is the one repetition that the caller asked for in case of doubt. */
  readonly resent: boolean;
  /** The attempt that was refused as a whole, of whose numbers this packet has a part. */
  readonly halvedFrom: string | null;
}

/** The end of one attempt. `verdicts` has one element a member, in the order of `members`. */
export interface EndedAttempt {
  readonly packetId: number;
  readonly attemptId: string;
  readonly submissionId: string;
  readonly appId: number;
  readonly routeId: number;
  readonly lane: number;
  readonly tries: number;
  readonly segments: number;
  readonly validUntil: number;
  readonly ownText: string | null;
  readonly members: readonly number[];
  readonly outcome: AttemptOutcome;
  readonly resultCode: number | null;
  readonly detail: string | null;
  readonly verdicts: readonly Verdict[];
  /** New packets of the members to be retried, with the time at which each is due (milliseconds). */
  readonly retries: readonly Retry[];
}

export interface RoutePause {
  readonly routeId: number;
  readonly reason: string;
  /** Longest pause in seconds; it doubles from one second with each failure in a row. */
  readonly limit: number;
  /** What failed was the one packet that a stopped route may send: it counts although the route rests. */
  readonly probe: boolean;
}

export interface Settlement {
  /** In the order of (submission, first member), so that concurrent settlements lock alike. */
  readonly attempts: readonly EndedAttempt[];
  /** Business time, milliseconds. */
  readonly now: number;
  /** A fresh UUIDv7 whose last 32 bits are replaced to number the ledger entries. */
  readonly ledgerId: string;
  readonly pauses: readonly RoutePause[];
  /** Routes that were heard of: their pause ends. */
  readonly heardOf: readonly number[];
}

/**
 * `route.pause_reason` of a route that its reports have stopped: an ANSWER does not open it again, for the platform accepts
 * and then rejects. A report does, of a probe that was not rejected.
 */
export const REJECTED_BY_REPORTS = 'LOCAL_REJECTED';
