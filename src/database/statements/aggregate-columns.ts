/** What identifies a row of the aggregates within a tier. */
export const AGGREGATE_KEY = 'start, app_id, route_id, country_code, price_id, status, bin';

/** What a row of the aggregates counts. `charged`: segments that cost their price. */
export const AGGREGATE_SUMS = 'sum(messages) as messages, sum(segments) as segments, sum(charged) as charged';

/** Keeps rows that count anything. */
export const AGGREGATE_NOT_ZERO = 'sum(messages) <> 0 or sum(segments) <> 0 or sum(charged) <> 0';

/** The columns of a `message` as a row of the aggregates; the same that the triggers on `message` append. */
export const MESSAGE_AS_AGGREGATE = `date_bin('15 minutes', created_at, timestamptz '2000-01-01Z') as start, app_id,
  route_id, country_code, price_id, status, delivery_bin(status, delivery_ms) as bin, 1 as messages, segments,
  charged_segments(acceptances, sms_state, segments) as charged`;

/**
 * The columns of an `acceptance` beyond the first of its `message`, as a row of the aggregates: no message more, but its cost,
 * with what is submitted, whatever became of it.
 */
export const ACCEPTANCE_AS_AGGREGATE = `date_bin('15 minutes', message.created_at, timestamptz '2000-01-01Z') as start,
  message.app_id, message.route_id, message.country_code, message.price_id, 2::smallint as status, -1::smallint as bin,
  0 as messages, 0 as segments, charged_segments(1::smallint, acceptance.sms_state, message.segments) as charged`;

/** Key of the advisory lock under which bucket rows are written. */
export const AGGREGATE_LOCK = 7_310_816;
