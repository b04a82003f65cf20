import type { StatementRunner } from '../database.js';
import { plainArray, statement } from '../statement.js';
import { rowOfLine } from './provider-statement-row.js';
import { ItemKind } from './reconcile-collect.js';

/** How far a row's time may lie outside of what we know of an attempt, where nothing but number and time tell. */
const SKEW = `interval '5 minutes'`;

/** Rows ($3: lines of statement $2) that belong to no item yet. */
const OPEN_ROWS = `open_row as materialized (
     select r.line, r.sms_uid, r.country_code, r.number_hash, r.accepted_at
     from unnest($3::integer[]) as open (line)
     cross join lateral ${rowOfLine('$2', 'open.line')} r
     where not exists (select from reconciliation_item i where i.run_id = $1 and i.line = any (array[open.line])))`;

/** A UID names the SMS only where the number is the same: another number is another SMS; another country is a mistake of the bill. */
const SAME_NUMBER = (ours: string): string => `(r.number_hash is null or r.number_hash = ${ours}.number_hash
       or r.country_code <> ${ours}.country_code)`;

/** Of a stretch of rows, those that are the first of their SMS_UID in the statement: a further one is a duplicate. */
const MATCH_BY_UID = statement<{
  open: number[];
  lines: number;
  last: number | null;
  began: Date | null;
  ended: Date | null;
}>(
  'reconcile_match_uid',
  `with stretch as materialized (
     select line, sms_uid, country_code, number_hash from provider_statement_row
     where statement_id = $2 and line > $3 order by line limit $4
   ), first_row as materialized (
     select * from stretch r where not exists (select from provider_statement_row d
       where d.sms_uid = any (array[r.sms_uid]) and d.statement_id = $2 and d.line < r.line)
   ), found as materialized (
     select distinct on (r.line) r.line, i.submission_id, i.ordinal, i.attempt_id, i.began
     from first_row r join reconciliation_item i on i.run_id = $1 and i.uid = any (array[r.sms_uid])
     where i.line is null and ${SAME_NUMBER('i')}
     order by r.line, i.kind, i.began
   ), matched as (
     update reconciliation_item i set line = f.line from found f
     where i.run_id = $1 and i.submission_id = f.submission_id and i.ordinal = f.ordinal and i.attempt_id = f.attempt_id)
   select array(select line from first_row where line not in (select line from found) order by line) as open,
     (select count(*)::integer from stretch) as lines, (select max(line) from stretch) as last,
     (select min(began) from found where began >= $5 and began < $6) as began,
     (select max(began) from found where began >= $5 and began < $6) as ended`,
);

/** Of what the walk did not collect: sent at another time. It becomes an item, too. */
const MATCH_ELSEWHERE = statement<{ matched: number }>(
  'reconcile_match_elsewhere',
  `with ${OPEN_ROWS},
   found as materialized (
     select distinct on (r.line) r.line, m.submission_id, m.ordinal, known.attempt_id, m.country_code, m.number_hash,
       m.route_id, m.segments, m.price_id, m.created_at, acc.attempt_id is not null as is_further,
       case when acc.attempt_id is null then m.sms_state else acc.sms_state end as sms_state, r.sms_uid
     from open_row r
     join sms_uid known on known.uid = any (array[r.sms_uid])
     join message m on m.submission_id = any (array[known.submission_id]) and m.ordinal = known.ordinal
     left join acceptance acc on m.acceptances > 1 and acc.submission_id = any (array[known.submission_id])
       and acc.ordinal = known.ordinal and acc.attempt_id = known.attempt_id
     where ${SAME_NUMBER('m')} and ($4::smallint is null or m.route_id = $4) and m.acceptances > 0
       and (acc.attempt_id is not null or m.attempt_id is null or m.attempt_id = known.attempt_id)
     order by r.line, known.answered_at
   ), stored as (
     insert into reconciliation_item (run_id, submission_id, ordinal, attempt_id, began, ended, country_code, number_hash,
       route_id, segments, kind, per_segment, currency, sms_state, uid, line)
     select distinct on (f.submission_id, f.ordinal, f.attempt_id) $1, f.submission_id, f.ordinal, f.attempt_id,
       coalesce(a.claimed_at, f.created_at), greatest(a.claimed_at, a.ended_at, f.created_at), f.country_code, f.number_hash,
       f.route_id, f.segments, case when f.is_further then ${ItemKind.further} else ${ItemKind.first} end, p.per_segment,
       p.currency, f.sms_state, f.sms_uid, f.line
     from found f join price p on p.id = any (array[f.price_id])
     left join attempt a on a.id = any (array[f.attempt_id])
     order by f.submission_id, f.ordinal, f.attempt_id, f.line
     on conflict (run_id, submission_id, ordinal, attempt_id) do update set line = excluded.line, uid = excluded.uid
       where reconciliation_item.line is null
     returning 1)
   select count(*)::integer as matched from stored`,
);

/** A raw report that nobody could apply may name the attempt. */
const MATCH_BY_REPORT = statement<{ matched: number }>(
  'reconcile_match_report',
  `with ${OPEN_ROWS},
   found as materialized (
     select distinct on (i.submission_id, i.ordinal, i.attempt_id) r.line, i.submission_id, i.ordinal, i.attempt_id
     from open_row r
     join report e on e.sms_uid = any (array[r.sms_uid])
     join attempt a on a.id = any (array[e.attempt_id])
     join reconciliation_item i on i.run_id = $1 and i.submission_id = a.submission_id and i.attempt_id = e.attempt_id
     where i.line is null and (i.kind = ${ItemKind.doubt} or i.uid is null) and i.number_hash = r.number_hash
     order by i.submission_id, i.ordinal, i.attempt_id, r.line
   ), single as (select distinct on (line) * from found order by line, submission_id, ordinal),
   matched as (
     update reconciliation_item i set line = f.line from single f
     where i.run_id = $1 and i.submission_id = f.submission_id and i.ordinal = f.ordinal and i.attempt_id = f.attempt_id
     returning 1)
   select count(*)::integer as matched from matched`,
);

/** By number and time, each the nearest of the other; what is left is for the next call. */
const MATCH_BY_NUMBER = statement<{ matched: number }>(
  'reconcile_match_number',
  `with ${OPEN_ROWS},
   near as materialized (
     select r.line, i.submission_id, i.ordinal, i.attempt_id,
       greatest(i.began - r.accepted_at, r.accepted_at - i.ended, interval '0') as distance
     from open_row r
     join reconciliation_item i on i.run_id = $1 and i.number_hash = any (array[r.number_hash])
     where (i.kind = ${ItemKind.doubt} or i.uid is null) and i.line is null
       and r.accepted_at >= i.began - ${SKEW} and r.accepted_at <= i.ended + ${SKEW}
   ), ranked as (
     select *, row_number() over (partition by line order by distance, submission_id, ordinal, attempt_id) as of_line,
       row_number() over (partition by submission_id, ordinal, attempt_id order by distance, line) as of_item
     from near
   ), matched as (
     update reconciliation_item i set line = f.line from ranked f
     where f.of_line = 1 and f.of_item = 1
       and i.run_id = $1 and i.submission_id = f.submission_id and i.ordinal = f.ordinal and i.attempt_id = f.attempt_id
     returning 1)
   select count(*)::integer as matched from matched`,
);

/** A stretch of a statement's rows. */
export interface MatchStretch {
  readonly runId: string;
  readonly statementId: string;
  readonly afterLine: number;
  readonly limit: number;
  readonly period: { readonly from: Date; readonly to: Date };
  /** Null: every route. */
  readonly routeId: number | null;
}

/** What came of matching a stretch. */
export interface MatchedStretch {
  /** Rows that were looked at; 0: there are no more. */
  readonly lines: number;
  readonly last: number | null;
  /** Between which of the period's acceptances rows were found. */
  readonly began: Date | null;
  readonly ended: Date | null;
}

/** Rounds of matching by number and time, at the most: a number rarely has more than one doubt within minutes. */
const ROUNDS = 10;

/**
 * Gives the items the rows that bill them: by SMS_UID among those collected, then among all messages, by a raw report, and, for
 * what has no SMS_UID, by number and time. To be called inside one transaction.
 */
export async function matchLines(runner: StatementRunner, of: MatchStretch): Promise<MatchedStretch> {
  const { runId, statementId, period } = of;
  const [found] = await runner.run(MATCH_BY_UID, [runId, statementId, of.afterLine, of.limit, period.from, period.to]);
  if (found === undefined || found.open.length === 0) return found ?? NOTHING;
  const rows = [runId, statementId, plainArray(found.open)];
  await runner.run(MATCH_ELSEWHERE, [...rows, of.routeId]);
  await runner.run(MATCH_BY_REPORT, rows);
  for (let round = 0; round < ROUNDS; round += 1) {
    const [row] = await runner.run(MATCH_BY_NUMBER, rows);
    if ((row?.matched ?? 0) === 0) break;
  }
  return found;
}

const NOTHING: MatchedStretch = { lines: 0, last: null, began: null, ended: null };
