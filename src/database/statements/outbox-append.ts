/**
 * The body of a CTE that appends changes of status to the outbox, unnumbered: in the statement that makes the changes, so that
 * what is told is exactly what was committed (docs/decisions/0040-outbox.md). A row an app, however many messages.
 *
 * @param changes a query of `app_id, submission_id, ordinal, status, at, previous, sms_state, reason`, no message twice;
 *   `status` and `previous` are codes of src/outbox/told-status.ts, `previous` is null but for a final status that is corrected
 */
export const appendChanges = (changes: string): string => `
  insert into outbox (app_id, size, submission_ids, ordinals, statuses, times, previous, sms_states, reasons)
  select app_id, sum(size), array_agg(submission_id), array_agg(ordinals), array_agg(status), array_agg(at),
    array_agg(previous), array_agg(sms_state), array_agg(reason)
  from (
    select app_id, submission_id, status, at, previous, sms_state, reason, count(*) as size,
      range_agg(int4range(ordinal, ordinal, '[]')) as ordinals
    from (${changes}) change
    group by app_id, submission_id, status, at, previous, sms_state, reason) step
  group by app_id`;

/**
 * As `appendChanges`, of ranges of messages that take the same step: a query of `app_id, submission_id, ordinals, size, status, at`,
 * where `ordinals` is an int4multirange of `size` numbers.
 */
export const appendRanges = (ranges: string): string => `
  insert into outbox (app_id, size, submission_ids, ordinals, statuses, times, previous, sms_states, reasons)
  select app_id, sum(size), array_agg(submission_id), array_agg(ordinals), array_agg(status), array_agg(at),
    array_agg(null::smallint), array_agg(null::integer), array_agg(null::integer)
  from (${ranges}) step
  group by app_id`;

/**
 * As `appendChanges`, of whole submissions: a query of `app_id, submission_id, message_count, status, at`. All their messages
 * take the same step.
 */
export const appendSubmissions = (submissions: string): string =>
  appendRanges(`
    select app_id, submission_id, message_count as size, int4multirange(int4range(1, message_count, '[]')) as ordinals, status, at
    from (${submissions}) submission`);
