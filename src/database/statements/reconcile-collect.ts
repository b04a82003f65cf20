import type { StatementRunner } from '../database.js';
import { statement } from '../statement.js';

/** What an attempt was for one of its messages; stored in reconciliation_item.kind. */
export const ItemKind = {
  /** It was the first one that was accepted. */
  first: 1,
  /** It was accepted besides. */
  further: 2,
  /** Nobody knows, or silence has settled it. */
  doubt: 3,
} as const;

/** The kind of an item, of rows `m` (message), `acc` (its acceptance by the attempt) and `a` (attempt). */
const KIND = `case when m.acceptances > 0 and (m.attempt_id = a.id or (m.attempt_id is null and a.outcome = 1))
    then ${ItemKind.first}
  when acc.attempt_id is not null then ${ItemKind.further}
  when a.outcome = 3 then ${ItemKind.doubt} end`;

/**
 * A stretch of attempts becomes items, with what the ledger has spent on them held against what they cost, in one snapshot:
 * what is left is the drift. An attempt with a message that was accepted twice is left out of that, since corrections name
 * the message and not the attempt.
 */
const COLLECT = statement<{ attempts: number; items: number; last: string | null }>(
  'reconcile_collect',
  `with batch as materialized (
     select id, submission_id, claimed_at, ended_at, outcome, members from attempt
     where id > $2 and id < $3 order by id limit $4
   ), counted as (
     select *, sum(cardinality(members)) over (order by id rows unbounded preceding) as upto from batch
   ), stretch as materialized (
     select * from counted where upto - cardinality(members) < $5
   ), item as materialized (
     select a.id as attempt_id, a.submission_id, m.ordinal, a.claimed_at as began, greatest(a.claimed_at, a.ended_at) as ended,
       m.country_code, m.number_hash, m.route_id, m.segments, m.price_id, m.acceptances, ${KIND} as kind,
       case when acc.attempt_id is null then m.sms_state else acc.sms_state end as sms_state,
       case when acc.attempt_id is null then m.sms_uid else acc.sms_uid end as uid
     from stretch a cross join lateral unnest(a.members) as member (ordinal)
     join message m on m.submission_id = any (array[a.submission_id]) and m.ordinal = member.ordinal
     left join acceptance acc on m.acceptances > 1 and acc.submission_id = any (array[a.submission_id])
       and acc.ordinal = member.ordinal and acc.attempt_id = a.id
     where a.claimed_at < $7 and greatest(a.claimed_at, a.ended_at) >= $6
       and ($10::smallint is null or m.route_id = $10)
   ), priced as materialized (
     select i.*, p.per_segment, p.currency from item i join price p on p.id = any (array[i.price_id]) where i.kind is not null
   ), stored as (
     insert into reconciliation_item (run_id, submission_id, ordinal, attempt_id, began, ended, country_code, number_hash,
       route_id, segments, kind, per_segment, currency, sms_state, uid)
     select $1, submission_id, ordinal, attempt_id, began, ended, country_code, number_hash, route_id, segments, kind,
       per_segment, currency, sms_state, case when kind <> ${ItemKind.doubt} then uid end
     from priced
     on conflict do nothing returning 1
   ), cost as (
     select attempt_id, submission_id, currency,
       sum(case when sms_state is distinct from 60 then segments * per_segment else 0 end) as amount,
       array_agg(ordinal) as ordinals
     from priced
     where began >= $8 and began < $9 and kind = ${ItemKind.first}
     group by attempt_id, submission_id, currency having max(acceptances) = 1
   ), drift as (
     select cost.currency, sum(coalesce(posted.amount, 0) + coalesce(corrected.amount, 0) - cost.amount) as amount
     from cost
     cross join lateral (
       select sum(case when e.to_account = 'spent' then e.amount else -e.amount end) as amount
       from ledger_entry e where e.source_id = any (array[cost.attempt_id]) and e.id >= $11
         and e.ordinal is null and 'spent' in (e.from_account, e.to_account)) posted
     cross join lateral (
       select sum(case when e.to_account = 'spent' then e.amount else -e.amount end) as amount
       from ledger_entry e where e.source_id = any (array[cost.submission_id]) and e.id >= $11
         and e.ordinal = any (cost.ordinals) and 'spent' in (e.from_account, e.to_account)) corrected
     group by cost.currency
   ), noted as (
     insert into reconciliation_total as known (run_id, currency, item, quantity, amount)
     select $1, currency, 'drift', 0, amount from drift
     on conflict (run_id, currency, item) do update set amount = known.amount + excluded.amount
   )
   select (select count(*) from stretch)::integer as attempts, (select count(*) from stored)::integer as items,
     (select id from stretch order by id desc limit 1) as last`,
);

/** Which attempts are collected; times of the business. */
export interface Collection {
  readonly runId: string;
  readonly afterId: string;
  readonly untilId: string;
  /** Attempts that were under way within it are collected. */
  readonly window: { readonly from: Date; readonly to: Date };
  /** Of attempts that began within it the ledger is looked at. */
  readonly period: { readonly from: Date; readonly to: Date };
  /** Null: every route. */
  readonly routeId: number | null;
  /** No entry of the ledger that is about these attempts has a lower id: leaves old partitions out. */
  readonly ledgerFrom: string;
}

/**
 * Collects the next attempts in the order of their ids.
 * @param attempts how many are looked at, at the most
 * @param messages with how many messages, more or less
 * @returns `last` is null when there are no more
 */
export async function collectItems(
  runner: StatementRunner,
  of: Collection,
  attempts: number,
  messages: number,
): Promise<{ attempts: number; items: number; last: string | null }> {
  const [row] = await runner.run(COLLECT, [
    of.runId,
    of.afterId,
    of.untilId,
    attempts,
    messages,
    of.window.from,
    of.window.to,
    of.period.from,
    of.period.to,
    of.routeId,
    of.ledgerFrom,
  ]);
  return row ?? { attempts: 0, items: 0, last: null };
}
