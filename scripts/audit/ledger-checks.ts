import type { Check } from './check.js';

/**
 * Messages whose week retention has dropped are not there to compare with: everything below the oldest week that is left is
 * passed over (docs/retention.md: their totals were sealed against the ledger before they went).
 */
const KEPT = '(select id from audit_horizon)';

/** Everything that an entry may name as its cause, and the submission (or bulk) and app that it belongs to. */
const CAUSES = `select id as source_id, id as submission_id, app_id from submission where id >= ${KEPT}
  union all
  select id, id, app_id from bulk where id >= ${KEPT}
  union all
  select attempt.id, attempt.submission_id, submission.app_id
  from attempt join submission on submission.id = attempt.submission_id where attempt.submission_id >= ${KEPT}
  union all
  select packet.attempt_id, packet.submission_id, packet.app_id from packet
  where packet.attempt_id is not null and not exists (select from attempt where attempt.id = packet.attempt_id)`;

/** The bulk of a submission that was made from one. What it costs was held by the bulk. */
const BULK_OF = (submission: string): string => `left join bulk_stretch on bulk_stretch.submission_id = ${submission}`;

/** What bulks have held, and what of that was not moved to the queue yet. */
const BULKS = `select bulk.id, bulk.app_id, bulk_price.price_id, bulk_price.segments as held,
    case when bulk.status in (2, 3) then bulk_price.segments - bulk_price.moved_segments else 0 end as waiting
  from bulk join bulk_price on bulk_price.bulk_id = bulk.id and bulk_price.price_id is not null`;

/**
 * For each price and submission, or bulk with all its submissions: what the entries say (segments that were held, that still are,
 * that were spent), and what the messages say that it should be. Only where the two differ.
 */
export const COMPARE_SUBMISSIONS = `insert into audit_difference
  with cause as (${CAUSES}),
  moved as (
    select coalesce(bulk_id, cause.submission_id) as unit, entry.price_id,
      sum(case when from_account = 'available' and to_account = 'held' then quantity else 0 end) as held,
      sum(case when to_account = 'held' then quantity when from_account = 'held' then -quantity else 0 end) as open,
      sum(case when to_account = 'spent' then quantity when from_account = 'spent' then -quantity else 0 end) as spent
    from ledger_entry entry join cause using (source_id) ${BULK_OF('cause.submission_id')} group by 1, 2
  ), further as (
    select submission_id, ordinal, count(*) filter (where sms_state is distinct from 60) as charged
    from acceptance where submission_id >= ${KEPT} group by 1, 2
  ), expected as (
    select unit, price_id, sum(held) as held, sum(open) as open, sum(spent) as spent from (
      select coalesce(bulk_id, message.submission_id) as unit, price_id, case when bulk_id is null then segments else 0 end as held,
        case when status in (0, 1) then segments else 0 end as open,
        segments * (case when acceptances > 0 and sms_state is distinct from 60 then 1 else 0 end
          + coalesce(further.charged, 0)) as spent
      from message left join further on further.submission_id = message.submission_id
        and further.ordinal = message.ordinal
      ${BULK_OF('message.submission_id')}
      where message.submission_id >= ${KEPT}
      union all
      select id, price_id, held, waiting, 0 from (${BULKS}) bulks) fact
    group by 1, 2
  )
  select unit, price_id, coalesce(moved.held, 0), coalesce(moved.open, 0), coalesce(moved.spent, 0),
    coalesce(expected.held, 0), coalesce(expected.open, 0), coalesce(expected.spent, 0)
  from moved full join expected using (unit, price_id)
  -- Of a bulk from before the oldest week that is left, messages may be gone.
  where unit >= ${KEPT}
    and (moved.held, moved.open, moved.spent) is distinct from (expected.held, expected.open, expected.spent)`;

/** The entries of a submission or bulk at a price, for whoever looks into a difference. */
const ENTRIES = `(select string_agg(kind || ' ' || quantity || ' ' || id, ', ' order by id) from (
    select entry.id, kind, quantity from (
      select d.submission_id as id union all select submission_id from bulk_stretch where bulk_id = d.submission_id) part
    cross join lateral (
      select part.id union all select attempt.id from attempt where attempt.submission_id = part.id
      union all select packet.attempt_id from packet where packet.submission_id = part.id) source (id)
    join ledger_entry entry on entry.source_id = source.id and entry.price_id = d.price_id
    limit 20) e) as entries`;

const difference = (figure: 'held' | 'open' | 'spent', more: string): string => `
  select d.submission_id as submission, d.price_id as price, ${figure}_entries as "segmentsInEntries",
    ${figure}_messages as "segmentsInMessages", ${ENTRIES}
  from audit_difference d where ${figure}_entries <> ${figure}_messages ${more}`;

/** What holds of the ledger by itself, and between it and the messages. One snapshot; nothing here is shared with what posts. */
export const LEDGER_CHECKS: readonly Check[] = [
  {
    name: 'entry accounts',
    says: 'every entry takes from one account what it gives to another, the two that its kind says',
    looksAt: 'select count(*) from ledger_entry',
    finds: `select id as entry, kind, from_account as "from", to_account as "to" from ledger_entry
      where (kind, from_account, to_account) not in (('hold', 'available', 'held'), ('post', 'held', 'spent'),
        ('release', 'held', 'available'), ('reversal', 'spent', 'available'), ('correction', 'available', 'spent'))`,
  },
  {
    name: 'entry amount',
    says: 'every amount is its quantity times its price, in the currency of that price',
    looksAt: 'select count(*) from ledger_entry',
    finds: `select entry.id as entry, entry.kind, entry.price_id as price, entry.quantity, price.per_segment as "unitPrice",
        price.currency as "priceCurrency", entry.amount, entry.currency
      from ledger_entry entry left join price on price.id = entry.price_id
      where price.id is null or entry.currency <> price.currency or entry.quantity <= 0
        or entry.amount <> entry.quantity * price.per_segment`,
  },
  {
    name: 'entry cause',
    says: 'every entry names a submission, bulk or attempt that exists, of its own app; one of a message names that',
    looksAt: `select count(*) from ledger_entry where source_id >= ${KEPT}`,
    finds: `with cause as (${CAUSES})
      select entry.id as entry, entry.kind, entry.source_id as source, entry.ordinal, entry.app_id as app,
        cause.app_id as "appOfSource"
      from ledger_entry entry left join cause using (source_id)
      left join message on entry.ordinal is not null and message.submission_id = entry.source_id
        and message.ordinal = entry.ordinal
      where entry.source_id >= ${KEPT} and (cause.source_id is null or cause.app_id <> entry.app_id
        or (entry.ordinal is not null and (message.price_id is distinct from entry.price_id
          or entry.quantity % message.segments <> 0)))`,
  },
  {
    name: 'holds',
    says: 'what was held for a submission or bulk is the segments of its messages, at their prices',
    looksAt: `select count(*) from submission where id >= ${KEPT}`,
    finds: difference('held', ''),
  },
  {
    name: 'open holds',
    says: 'holds − posts − releases is what is held for messages that wait, are under way or in doubt',
    looksAt: `select count(*) from submission where id >= ${KEPT}`,
    finds: difference('open', ''),
  },
  {
    name: 'net posts',
    says: 'posts + corrections − reversals is segments × price of what was accepted and not LOCAL_REJECTED',
    looksAt: `select count(*) from submission where id >= ${KEPT}`,
    finds: difference('spent', ''),
  },
  {
    name: 'attempts',
    says: 'no attempt posts and releases more than the SMS that it sent',
    looksAt: `select count(*) from attempt where submission_id >= ${KEPT}`,
    finds: `with settled as (
        select source_id, price_id, sum(quantity) as quantity from ledger_entry
        where kind in ('post', 'release') and source_id >= ${KEPT} group by 1, 2)
      select attempt.id as attempt, settled.price_id as price, settled.quantity as "segmentsInEntries",
        sent.segments as "segmentsSent"
      from settled join attempt on attempt.id = settled.source_id
      cross join lateral (
        select coalesce(sum(message.segments), 0) as segments from message
        where message.submission_id = attempt.submission_id and message.ordinal = any (attempt.members)
          and message.price_id = settled.price_id) sent
      where settled.quantity > sent.segments`,
  },
  {
    name: 'balances',
    says: 'every balance row is the sum of the entries of its kind',
    looksAt: 'select count(*) from balance',
    finds: `select app_id as app, currency, kind, balance.amount as balance, entries.amount as entries
      from balance full join (
        select app_id, currency, kind, sum(amount) as amount from ledger_entry group by 1, 2, 3) entries
        using (app_id, currency, kind)
      where coalesce(balance.amount, 0) <> coalesce(entries.amount, 0)`,
  },
  {
    name: 'held in total',
    says: 'what the balances say is held is what the open messages cost, and nothing is below zero',
    looksAt: 'select count(*) from (select distinct app_id, currency from balance) account',
    finds: `with account as (
        select app_id, currency,
          sum(case kind when 'hold' then amount when 'post' then -amount when 'release' then -amount else 0 end) as held,
          sum(case kind when 'post' then amount when 'correction' then amount when 'reversal' then -amount else 0 end) as spent
        from balance group by 1, 2
      ), open as (
        select app_id, price.currency, sum(segments * price.per_segment) as held from (
          select app_id, price_id, segments from message where status in (0, 1)
          union all select app_id, price_id, waiting from (${BULKS}) bulks) waiting
        join price on price.id = waiting.price_id group by 1, 2
      )
      select app_id as app, currency, coalesce(account.held, 0) as held, coalesce(open.held, 0) as "openMessages", account.spent
      from account full join open using (app_id, currency)
      where coalesce(account.held, 0) <> coalesce(open.held, 0) or account.held < 0 or account.spent < 0`,
  },
  {
    name: 'aggregates',
    says: 'what summaries say was charged is what the ledger has spent, for every app and price',
    looksAt: 'select count(*) from (select distinct app_id, price_id from aggregate_bucket) account',
    finds: `with counted as (
        select app_id, price_id, sum(charged) as charged from (
          select app_id, price_id, charged from aggregate_bucket where tier = 2
          union all select app_id, price_id, charged from aggregate_delta) c
        group by 1, 2
      ), spent as (
        select app_id, price_id,
          sum(case when to_account = 'spent' then quantity when from_account = 'spent' then -quantity else 0 end) as segments
        from ledger_entry group by 1, 2)
      select app_id as app, price_id as price, counted.charged as "segmentsInAggregates", spent.segments as "segmentsInEntries"
      from counted full join spent using (app_id, price_id)
      where coalesce(counted.charged, 0) <> coalesce(spent.segments, 0)`,
  },
  {
    name: 'messages',
    says: 'every submission has its messages, each at a price of its country and route, and accepted if its status says so',
    looksAt: `select count(*) from message where submission_id >= ${KEPT}`,
    finds: `select message.submission_id as submission, message.ordinal, 'status and acceptances' as what
      from message where submission_id >= ${KEPT} and (status between 2 and 7) <> (acceptances > 0)
      union all
      select message.submission_id, message.ordinal, 'acceptances'
      from message join (select submission_id, ordinal, count(*) as count from acceptance group by 1, 2) further
        using (submission_id, ordinal)
      where message.acceptances <> further.count + 1
      union all
      select message.submission_id, message.ordinal, 'acceptances' from message
      where submission_id >= ${KEPT} and acceptances > 1 and not exists (select from acceptance
        where acceptance.submission_id = message.submission_id and acceptance.ordinal = message.ordinal)
      union all
      select message.submission_id, message.ordinal, 'price'
      from message left join price on price.id = message.price_id left join route on route.id = message.route_id
      where submission_id >= ${KEPT} and (price.id is null or price.country_code <> message.country_code
        or coalesce(price.route_id, message.route_id) <> message.route_id or price.currency <> route.currency)
      union all
      select submission.id, counted.messages::int, 'messages of the submission'
      from submission left join (
        select submission_id, count(*) as messages, max(ordinal) as last, min(app_id) as least, max(app_id) as most
        from message group by 1) counted on counted.submission_id = submission.id
      where submission.id >= ${KEPT} and (submission.message_count, submission.message_count, submission.app_id,
        submission.app_id) is distinct from (counted.messages, counted.last, counted.least, counted.most)`,
  },
  {
    name: 'waiting',
    says: 'every message with an open hold waits in a packet or is in doubt: nothing is held for ever',
    looksAt: 'select count(*) from message where status in (0, 1)',
    finds: `with waiting as (
        select packet.submission_id, member.ordinal from packet cross join lateral unnest(packet.members) as member (ordinal)
        union all select submission_id, ordinal from doubt)
      select message.submission_id as submission, message.ordinal, message.status from message
      where status in (0, 1) and not exists (select from waiting
        where waiting.submission_id = message.submission_id and waiting.ordinal = message.ordinal)`,
  },
  {
    name: 'uids',
    says: 'every SMS_UID belongs to one message, which knows it, by an attempt that had it among its SMS',
    looksAt: `select count(*) from sms_uid where submission_id >= ${KEPT}`,
    finds: `with known as (
        select submission_id, ordinal, sms_uid as uid from message where sms_uid is not null and submission_id >= ${KEPT}
        union all
        select submission_id, ordinal, sms_uid from acceptance where sms_uid is not null and submission_id >= ${KEPT})
      select known.submission_id as submission, known.ordinal, known.uid, 'not stored' as what
      from known where not exists (select from sms_uid where sms_uid.uid = known.uid
        and sms_uid.submission_id = known.submission_id and sms_uid.ordinal = known.ordinal)
      union all
      select null, null, uid, 'of several messages' from sms_uid where submission_id >= ${KEPT}
      group by uid having count(distinct (submission_id, ordinal)) > 1
      union all
      select sms_uid.submission_id, sms_uid.ordinal, sms_uid.uid, 'of a message that was not accepted'
      from sms_uid left join message on message.submission_id = sms_uid.submission_id and message.ordinal = sms_uid.ordinal
      where sms_uid.submission_id >= ${KEPT} and coalesce(message.acceptances, 0) = 0`,
  },
];
