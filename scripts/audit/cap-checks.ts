import type { Check } from './check.js';

/**
 * What each message costs a spend cap, and when it was accepted: those of a bulk by its start, when all of it was held. By the
 * messages, where the gateway's own check goes by the ledger.
 */
const COSTS = `
  select message.app_id, price.currency, coalesce(bulk.started_at, message.created_at) as at,
    price.per_segment * message.segments * (case when message.status in (0, 1) then 1 else 0 end
      + case when message.acceptances > 0 and message.sms_state is distinct from 60 then 1 else 0 end) as amount
  from message join price on price.id = message.price_id
  left join bulk_stretch stretch on stretch.submission_id = message.submission_id
  left join bulk on bulk.id = stretch.bulk_id
  union all
  select message.app_id, price.currency, coalesce(bulk.started_at, message.created_at), price.per_segment * message.segments
  from acceptance join message on message.submission_id = acceptance.submission_id
    and message.ordinal = acceptance.ordinal
  join price on price.id = message.price_id
  left join bulk_stretch stretch on stretch.submission_id = message.submission_id
  left join bulk on bulk.id = stretch.bulk_id
  where acceptance.sms_state is distinct from 60
  union all
  select bulk.app_id, bulk.currency, bulk.started_at, (row.segments - row.moved_segments) * price.per_segment
  from bulk join bulk_price row on row.bulk_id = bulk.id join price on price.id = row.price_id
  where bulk.started_at is not null and bulk.ended_at is null`;

const PERIODS = `
  select used.app_id, used.currency, used.period, used.starts_on, used.used,
    used.starts_on::timestamp at time zone cap.time_zone as since,
    (used.starts_on + ('1 ' || used.period)::interval) at time zone cap.time_zone as until
  from spend_use used join spend_cap cap on cap.app_id = used.app_id and cap.currency = used.currency
    and cap.period = used.period
  where used.counted`;

/** What holds of the spend caps. Periods that begin before the oldest week of messages that is left are passed over. */
export const CAP_CHECKS: readonly Check[] = [
  {
    name: 'spend caps',
    says: 'what is used of every cap is what the messages accepted in its period hold and cost',
    looksAt: 'select count(*) from spend_use where counted',
    finds: `with cost as materialized (
        select * from (${COSTS}) cost
        where amount <> 0 and exists (select from spend_cap cap where cap.app_id = cost.app_id and cap.currency = cost.currency)
      ), period as (${PERIODS})
      select period.app_id as app, period.currency, period.period, period.starts_on::text as "startsOn",
        period.used + pending.amount as used, expected.amount as expected
      from period
      cross join lateral (select coalesce(sum(amount), 0) as amount from spend_delta delta
        where delta.app_id = period.app_id and delta.currency = period.currency
          and coalesce(delta.period, period.period) = period.period and delta.at >= period.since and delta.at < period.until) pending
      cross join lateral (select coalesce(sum(amount), 0) as amount from cost
        where cost.app_id = period.app_id and cost.currency = period.currency and cost.at >= period.since
          and cost.at < period.until) expected
      where period.since >= (select at from audit_horizon) and period.used + pending.amount <> expected.amount`,
  },
];
