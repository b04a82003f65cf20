/**
 * What becomes of a message whose last packet has ended without its being sent, as assignments of an update: failed; but in
 * doubt, as before, where an earlier attempt is in doubt and this was its repetition (docs/decisions/0010-doubt.md).
 * @param row alias of a row with `submission_id` and `ordinal`
 * @param reason of the failure: an SQL expression
 */
export const lapsed = (row: string, reason: string): string => `
  (status, reason) = (select case when doubtful then 1 else 8 end, case when not doubtful then ${reason} end
    from (select exists (select from doubt d where d.submission_id = any (array[${row}.submission_id])
      and d.ordinal = ${row}.ordinal) as doubtful) earlier)`;
