import { plainArray, statement } from '../statement.js';

/** A number that a report speaks of, and the attempt that it says it was sent by. */
export interface AttemptNumber {
  readonly attemptId: string;
  /** Keyed hash of the E.164 digits. */
  readonly numberHash: bigint;
}

/** The message that was meant. */
export interface LocatedByAttempt {
  /** Index in the parameters. */
  position: number;
  submission_id: string;
  /** Null: the attempt has no such number. */
  ordinal: number | null;
}

/**
 * Finds messages by attempt and number: the attempt is in its packet while it is open, in its own row afterwards. Where the
 * packet has one number only, the attempt alone decides. Attempts that nobody knows have no row in the result. `+ 0`: the
 * index on numbers is the way, not the key past all members (docs/decisions/0007).
 */
export const LOCATE_BY_ATTEMPT = statement<LocatedByAttempt>(
  'report_locate_by_attempt',
  `select wanted.position, sent.submission_id, found.ordinal
   from unnest($1::integer[], $2::uuid[], $3::bigint[]) as wanted (position, attempt_id, number_hash)
   cross join lateral (
     select submission_id, members, app_id from packet where attempt_id = wanted.attempt_id
     union all
     select attempt.submission_id, attempt.members, submission.app_id
     from attempt join submission on submission.id = any (array[attempt.submission_id])
     where attempt.id = wanted.attempt_id
     limit 1) sent
   cross join lateral (
     select case when cardinality(sent.members) = 1 then sent.members[1] else (
       select message.ordinal from message
       where message.app_id = sent.app_id and message.number_hash = wanted.number_hash
         and message.submission_id = sent.submission_id and message.ordinal + 0 = any(sent.members)
       limit 1) end as ordinal) found`,
);

/** The parameters of `LOCATE_BY_ATTEMPT`. */
export function locateByAttemptParameters(wanted: readonly AttemptNumber[]): unknown[] {
  return [
    plainArray(wanted.map((_, index) => index)),
    plainArray(wanted.map(({ attemptId }) => attemptId)),
    plainArray(wanted.map(({ numberHash }) => numberHash)),
  ];
}
