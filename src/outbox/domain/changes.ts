/** One change of status of one message, numbered. */
export interface NumberedChange {
  /** Counts the app's events, from 1, without gaps. */
  readonly sequence: number;
  /** Milliseconds of business time. */
  readonly at: number;
  readonly submissionId: string;
  readonly ordinal: number;
  /** Code, as in src/outbox/told-status.ts. */
  readonly status: number;
  /** Code of the final status that it corrects. */
  readonly previous: number | null;
  readonly smsState: number | null;
  readonly reason: number | null;
}

/** What one statement changed: parallel arrays, one element for each set of messages that took the same step. */
export interface FoldedChanges {
  readonly lastSequence: number;
  readonly size: number;
  readonly submissionIds: readonly string[];
  /** Multiranges, as PostgreSQL writes them. */
  readonly ordinals: readonly string[];
  readonly statuses: readonly number[];
  readonly times: readonly number[];
  readonly previous: readonly (number | null)[];
  readonly smsStates: readonly (number | null)[];
  readonly reasons: readonly (number | null)[];
}

const RANGE = /\[(\d+),(\d+)\)/g;

/**
 * The changes among `folded` whose number is above `after`, in the order of their numbers, `limit` at the most. What is outside
 * is skipped range by range, so that a page out of ten thousand costs what a page costs.
 */
export function unfold(folded: FoldedChanges, after: number, limit: number): NumberedChange[] {
  const found: NumberedChange[] = [];
  let next = folded.lastSequence - folded.size + 1;
  for (let step = 0; step < folded.submissionIds.length && found.length < limit; step += 1) {
    for (const [, from, to] of folded.ordinals[step].matchAll(RANGE)) {
      const start = Number(from);
      const count = Number(to) - start;
      const skipped = Math.min(count, Math.max(0, after + 1 - next));
      for (let index = skipped; index < count && found.length < limit; index += 1) {
        found.push(changeOf(folded, step, next + index, start + index));
      }
      next += count;
      if (found.length === limit) break;
    }
  }
  return found;
}

function changeOf(folded: FoldedChanges, step: number, sequence: number, ordinal: number): NumberedChange {
  return {
    sequence,
    at: folded.times[step],
    submissionId: folded.submissionIds[step],
    ordinal,
    status: folded.statuses[step],
    previous: folded.previous[step],
    smsState: folded.smsStates[step],
    reason: folded.reasons[step],
  };
}
