import { statement } from '../statement.js';

/** Puts a queued report ($1) off by so many milliseconds ($2) of database time. */
export const SET_REPORT_ASIDE = statement<object>(
  'report_set_aside',
  `update report_queue set due_at = now() + $2::float8 * interval '1 millisecond', tries = least(tries + 1, 32767)
   where report_id = $1`,
);
