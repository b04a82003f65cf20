import type { StatementRunner } from '../database.js';
import { statement } from '../statement.js';
import { ItemKind } from './reconcile-collect.js';

/** Whether another statement has a row of this UID, of a period of which none is part of the other: day and month may both be billed. */
const elsewhere = (uid: string): string => `exists (
  select from provider_statement_row o join provider_statement s on s.id = any (array[o.statement_id])
  where o.sms_uid = any (array[${uid}]) and o.statement_id <> $2 and s.state = 'loaded'
    and left(s.period, length($3)) <> left($3, length(s.period)))`;

/**
 * Whether an item `i` is of the period ($4 to $5). The platform accepted it between `began` and `ended`: where the edge of the
 * period lies between them, it is of the period whose bill has it, of the later one if none has.
 */
const IN_PERIOD = `(i.began < $5 and i.ended >= $4 and case
    when i.began >= $4 and i.ended < $5 or i.line is not null then true
    when i.ended >= $5 then false
    else not ${elsewhere('i.uid')} end)`;

/** What an item costs us: nothing while nobody knows that it was accepted, nor when LOCAL_REJECTED (protocol.md 9). */
const CHARGED = `case when i.kind <> ${ItemKind.doubt} and i.sms_state is distinct from 60 then 1 else 0 end`;

const TOTALS = (facts: string): string => `
  insert into reconciliation_total as known (run_id, currency, item, quantity, amount)
  select $1, currency, item, sum(quantity), sum(amount) from (${facts}) fact
  group by currency, item order by currency, item
  on conflict (run_id, currency, item) do update
    set quantity = known.quantity + excluded.quantity, amount = known.amount + excluded.amount`;

const COLUMNS = `run_id, line, submission_id, ordinal, attempt_id, cause, amount, currency, counter_amount, counter_currency,
  our_at, our_country, our_segments, our_price, our_currency, our_state, proposal, reported`;

/** What differences add up to: counted in their own currency. */
const DIFFERENCE_TOTALS = TOTALS(`
  select currency, cause as item, 1 as quantity, amount from stored
  union all select counter_currency, cause, 0, counter_amount from stored where counter_currency is not null`);

/**
 * The shares of a paired row (docs/decisions/0071-matching-a-statement.md): each cause takes the part of the amount that it
 * alone explains, in this order, each at our terms for what comes after it. Their sum is billed - ours, whatever the row says.
 * F: what the bill charges for (0 or 1); f: what we do; A: billed; S, P: its segments and price; s, p: ours. Where the amount
 * is not segments × price and follows from our segments, those are what was billed, whatever the row says.
 */
const SHARES = `(values
    ('doubt_resolved', kind = ${ItemKind.doubt}, case when same_currency then "F" * s * p else 0 end),
    ('state', kind <> ${ItemKind.doubt} and (other_state or "F" <> f), case when same_currency then ("F" - f) * s * p else 0 end),
    ('segments', "S" <> s, case when same_currency then "F" * (billed_segments - s) * p else 0 end),
    ('wrong_country', other_country, case when same_currency then country_share else 0 end),
    ('unit_price', same_currency and (country_share <> "A" - "F" * billed_segments * p or ("P" <> p and not country_priced)),
      "A" - "F" * billed_segments * p - country_share),
    (case when billed_elsewhere then 'duplicate' else 'outside_period' end, not in_period or not row_in_period,
      case when in_period then 0 else f * s * p end),
    ('currency', not same_currency, "A"))`;

const JUDGE_LINES = statement<{ lines: number; last: number | null }>(
  'reconcile_judge_lines',
  `with stretch as materialized (
     select * from provider_statement_row where statement_id = $2 and line > $6 order by line limit $7
   ), paired as materialized (
     select r.line, r.amount as "A", r.currency as their_currency, coalesce(r.segments, i.segments) as "S",
       coalesce(r.unit_price, i.per_segment) as "P", r.state as their_state, r.sms_uid, i.segments::integer as s,
       i.per_segment as p, i.currency as our_currency, i.kind, i.sms_state, i.submission_id, i.ordinal, i.attempt_id, i.began,
       i.country_code, ${CHARGED} as f, case when r.amount = 0 and (r.state = 60 or ${CHARGED} = 0) then 0 else 1 end as "F",
       r.currency = i.currency as same_currency,
       coalesce(r.state not in (1, 9)
         and sms_state_precedence(r.state) <> sms_state_precedence(i.sms_state), false) as other_state,
       coalesce(r.country_code <> i.country_code, false) as other_country,
       coalesce(r.unit_price, i.per_segment) = i.per_segment as same_price, quoted.per_segment as country_price,
       ${IN_PERIOD} as in_period, r.accepted_at >= $4 and r.accepted_at < $5 as row_in_period
     from stretch r
     -- "offset 0" keeps it a look-up by line, whenever the plan was made.
     cross join lateral (select * from reconciliation_item where run_id = $1 and line = r.line offset 0) i
     left join lateral (
       select per_segment from price
       where country_code = r.country_code and currency = i.currency and (route_id is null or route_id = i.route_id)
         and valid_from <= i.began and (valid_until is null or valid_until > i.began)
       order by route_id nulls last, version desc limit 1) quoted on r.country_code <> i.country_code
   ), counted as (
     select *, case when "A" = "F" * "S" * "P" or "A" not in ("F" * s * "P", "F" * s * p) then "S" else s end as billed_segments
     from paired
   ), facts as materialized (
     select *, other_country and not same_price and (country_price is null or country_price = "P") as country_priced,
       case when other_country and not same_price and (country_price is null or country_price = "P")
         then "F" * billed_segments * ("P" - p) else 0 end as country_share,
       not in_period and ${elsewhere('counted.sms_uid')} as billed_elsewhere
     from counted
   ), judged as (
     select fact.*, c.cause, c.amount from facts fact
     cross join lateral (select * from ${SHARES} as share (cause, holds, amount) where holds) c
   ), alone as (
     select r.*, exists (select from provider_statement_row d
       where d.sms_uid = any (array[r.sms_uid]) and d.statement_id = $2 and d.line < r.line) as is_repeated
     from stretch r where r.line not in (select line from paired)
   ), difference as (
     select line, submission_id, ordinal, attempt_id, cause, amount,
       case when cause in ('currency', 'doubt_resolved') then their_currency else our_currency end as currency,
       case when cause = 'currency' then -f * s * p end as counter_amount,
       case when cause = 'currency' then our_currency end as counter_currency,
       began, country_code, s, p, our_currency, sms_state, sms_uid,
       case when cause = 'doubt_resolved' then 'accept'
         when cause = 'state' and sms_state_precedence(their_state) > sms_state_precedence(sms_state) then 'state' end as proposal
     from judged
     union all
     select line, null, null, null, case when is_repeated then 'duplicate' else 'missing_here' end, amount, currency, null, null,
       null, null, null, null, null, null, sms_uid, null
     from alone
   ), stored as (
     insert into reconciliation_difference (${COLUMNS})
     select $1, line, submission_id, ordinal, attempt_id, cause, amount, currency, counter_amount, counter_currency, began,
       country_code, s, p, our_currency, sms_state, proposal,
       case when cause in ('state', 'doubt_resolved', 'missing_here') then (
         select array_agg(e.sms_state::integer order by e.id) from report e
         where e.sms_uid = any (array[difference.sms_uid]) and e.sms_state < 2147483648) end
     from difference order by line, cause
     returning cause, amount, currency, counter_amount, counter_currency
   ), totals as (${DIFFERENCE_TOTALS})
   select count(*)::integer as lines, max(line) as last from stretch`,
);

/**
 * How far a month that is cut by another zone can begin or end after ours, and before: zones reach from UTC-12 to UTC+14, ours
 * is UTC+8.
 */
const ZONE_LATER = `interval '20 hours'`;
const ZONE_EARLIER = `interval '6 hours'`;

const JUDGE_ITEMS = statement<{
  items: number;
  last_submission: string | null;
  last_ordinal: number | null;
  last_attempt: string | null;
}>(
  'reconcile_judge_items',
  `with stretch as materialized (
     select * from reconciliation_item
     where run_id = $1 and (submission_id, ordinal, attempt_id) > ($6::uuid, $7::integer, $8::uuid)
     order by submission_id, ordinal, attempt_id limit $9
   ), item as materialized (
     select i.*, ${IN_PERIOD} as in_period, ${CHARGED} as f from stretch i
   ), missing as materialized (
     select i.*, -f * i.segments * i.per_segment as amount, ${elsewhere('i.uid')}
       or (i.began < $4 + ${ZONE_LATER} and i.began < run.first_matched and not $11::boolean)
       or (i.began >= $5 - ${ZONE_EARLIER} and i.began > run.last_matched and not $12::boolean) as is_outside
     from item i join reconciliation_run run on run.id = $1
     where i.line is null and i.in_period and i.kind <> ${ItemKind.doubt} and (f = 1 or $10::boolean)
   ), stored as (
     insert into reconciliation_difference (${COLUMNS})
     select $1, null, submission_id, ordinal, attempt_id, case when is_outside then 'outside_period' else 'missing_there' end,
       amount, currency, null, null, began, country_code, segments, per_segment, currency, sms_state, null,
       (select array_agg(e.sms_state::integer order by e.id) from report e
        where e.sms_uid = any (array[missing.uid]) and e.sms_state < 2147483648)
     from missing order by began, submission_id, ordinal
     returning cause, amount, currency, counter_amount, counter_currency
   ), totals as (${TOTALS(`
     select currency, cause as item, 1 as quantity, amount from stored
     union all
     select currency, 'ours', f, f * segments * per_segment from item where in_period`)})
   select (select count(*) from stretch)::integer as items, last.submission_id as last_submission,
     last.ordinal as last_ordinal, last.attempt_id as last_attempt
   from (select 1) one left join lateral (
     select submission_id, ordinal, attempt_id from stretch
     order by submission_id desc, ordinal desc, attempt_id desc limit 1) last on true`,
);

/** What is judged, and by which period. */
export interface Judgement {
  readonly runId: string;
  readonly statementId: string;
  readonly period: { readonly name: string; readonly from: Date; readonly to: Date };
}

const parametersOf = ({ runId, statementId, period }: Judgement): unknown[] => [
  runId,
  statementId,
  period.name,
  period.from,
  period.to,
];

/** Finds the differences of the next rows of the bill. @returns `lines` is 0 when there are no more */
export async function judgeLines(
  runner: StatementRunner,
  of: Judgement,
  afterLine: number,
  limit: number,
): Promise<{ lines: number; last: number | null }> {
  const [row] = await runner.run(JUDGE_LINES, [...parametersOf(of), afterLine, limit]);
  return row ?? { lines: 0, last: null };
}

/** Where a walk over items stands. */
export interface ItemPlace {
  readonly submissionId: string;
  readonly ordinal: number;
  readonly attemptId: string;
}

/** What decides how an item that is not on the bill is called. */
export interface MissingRule {
  /** The bill lists what costs nothing, too. */
  readonly listsUnbilled: boolean;
  /** The bills of the periods before and after are there to be looked into: nothing need be guessed from the time. */
  readonly hasPrevious: boolean;
  readonly hasNext: boolean;
}

/** Finds what of ours is not on the bill, and adds up what is ours. @returns `last` is undefined when there is no more */
export async function judgeItems(
  runner: StatementRunner,
  of: Judgement,
  after: ItemPlace,
  rule: MissingRule,
  limit: number,
): Promise<{ items: number; last: ItemPlace | undefined }> {
  const [row] = await runner.run(JUDGE_ITEMS, [
    ...parametersOf(of),
    after.submissionId,
    after.ordinal,
    after.attemptId,
    limit,
    rule.listsUnbilled,
    rule.hasPrevious,
    rule.hasNext,
  ]);
  if (row === undefined) return { items: 0, last: undefined };
  const { items, last_submission: submissionId, last_ordinal: ordinal, last_attempt: attemptId } = row;
  if (submissionId === null || ordinal === null || attemptId === null) return { items, last: undefined };
  return { items, last: { submissionId, ordinal, attemptId } };
}

const BALANCE = statement<{ currency: string; billed: string; ours: string; explained: string }>(
  'reconcile_balance',
  `select currency, sum(amount) filter (where item = 'billed')::text as billed,
     sum(amount) filter (where item in ('ours', 'drift'))::text as ours,
     sum(amount) filter (where item not in ('billed', 'ours', 'drift'))::text as explained
   from reconciliation_total where run_id = $1 group by currency order by currency`,
);

/** What a run comes to in a currency: decimal texts. */
export interface RunBalance {
  readonly currency: string;
  readonly billed: string;
  /** What the ledger has spent. */
  readonly ours: string;
  readonly explained: string;
}

/** The sums of a run; an amount that nothing was added to is '0'. */
export async function readBalances(runner: StatementRunner, runId: string): Promise<RunBalance[]> {
  const rows = await runner.run(BALANCE, [runId]);
  return rows.map(({ currency, billed, ours, explained }) => ({
    currency,
    billed: billed ?? '0',
    ours: ours ?? '0',
    explained: explained ?? '0',
  }));
}

const NOTE_BILLED = statement<object>(
  'reconcile_note_billed',
  `insert into reconciliation_total (run_id, currency, item, quantity, amount)
   select $1, billed.key, 'billed', (billed.value ->> 'rows')::bigint, (billed.value ->> 'amount')::numeric
   from provider_statement s cross join lateral jsonb_each(s.totals) billed where s.id = $2
   on conflict do nothing`,
);

/** Takes over what the whole statement bills, as it was added up while it was read. */
export async function noteBilled(runner: StatementRunner, runId: string, statementId: string): Promise<void> {
  await runner.run(NOTE_BILLED, [runId, statementId]);
}

const NEIGHBOURS = statement<{ lists_unbilled: boolean; has_previous: boolean; has_next: boolean }>(
  'reconcile_neighbours',
  `select mine.lists_unbilled,
     exists (select from provider_statement s where s.state = 'loaded' and s.period = $2) as has_previous,
     exists (select from provider_statement s where s.state = 'loaded' and s.period = $3) as has_next
   from provider_statement mine where mine.id = $1`,
);

/** What is known of a statement's kind and of the ones beside it. */
export async function readMissingRule(
  runner: StatementRunner,
  statementId: string,
  previous: string,
  next: string,
): Promise<MissingRule> {
  const [row] = await runner.run(NEIGHBOURS, [statementId, previous, next]);
  return {
    listsUnbilled: row?.lists_unbilled ?? false,
    hasPrevious: row?.has_previous ?? false,
    hasNext: row?.has_next ?? false,
  };
}
