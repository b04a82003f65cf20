import type { StatementRunner } from '../database.js';
import { statement } from '../statement.js';

/** What is forgotten of submissions whose messages have all ended. */
export type ForgottenKind = 'text' | 'number';

/** What one stride of a walk did. */
export interface Stride {
  /** The last id that it looked at; null: there was nothing left to look at. */
  last: string | null;
  /** Submissions, or reports, whose content it has removed. */
  forgotten: number;
}

const CLEAR: Readonly<Record<ForgottenKind, string>> = {
  text: `update submission set text = null, signature = null from due where submission.id = any (array[due.id])`,
  number: `update message set msisdn = null from due
    where message.submission_id = any (array[due.id]) and message.msisdn is not null`,
};

/** Nothing more is to be sent of it, and its last message ended before $1. */
const DUE = `select id from candidate
  where not exists (select from packet where packet.submission_id = candidate.id)
    and not exists (select from message
      where message.submission_id = candidate.id
        and (message.status in (0, 1, 2) or coalesce(message.status_at, message.created_at) >= $1))`;

/** Submissions after an id, as many as have some 20,000 messages together. */
const NEXT = `select id from (
    select id, sum(message_count) over (order by id) - message_count as before
    from (select id, message_count from submission where id > $2 and id < $3 order by id limit 1000) next) counted
  where before < 20000`;

const REST = (kind: ForgottenKind): string => `select id from (
    select id, sum(message_count) over (order by id) - message_count as before
    from (select submission_id as id from retention_rest
      where kind = '${kind}' and submission_id > $2 and submission_id < $3 order by submission_id limit 1000) next
    join lateral (select message_count from submission where submission.id = next.id) counted on true) counted
  where before < 20000`;

const stride = (name: string, kind: ForgottenKind, candidates: string) =>
  statement<Stride>(
    name,
    `with candidate as materialized (${candidates}),
     due as materialized (${DUE}),
     cleared as (${CLEAR[kind]}),
     later as (
       insert into retention_rest (kind, submission_id)
       select '${kind}', id from candidate where id not in (select id from due) on conflict do nothing),
     done as (
       delete from retention_rest using due
       where kind = '${kind}' and submission_id = any (array[due.id]))
     select (select id::text from candidate order by id desc limit 1) as last, (select count(*)::int from due) as forgotten`,
  );

const STRIDES = {
  text: { walk: stride('retention_text', 'text', NEXT), rest: stride('retention_text_rest', 'text', REST('text')) },
  number: {
    walk: stride('retention_number', 'number', NEXT),
    rest: stride('retention_number_rest', 'number', REST('number')),
  },
} as const;

/** Numbers of reports, and the packets that they came in; not of those that wait to be applied. */
const REPORTS = statement<Stride>(
  'retention_report',
  `with candidate as materialized (
     select id from report where id > $1 and id < $2 order by id limit 5000
   ), cleared as (
     update report set msisdn = null, raw = null from candidate
     where report.id = any (array[candidate.id]) and report.raw is not null
       and not exists (select from report_queue where report_queue.report_id = candidate.id)
     returning report.id
   )
   select (select id::text from candidate order by id desc limit 1) as last,
     (select count(*)::int from cleared) as forgotten`,
);

/**
 * Forgets texts or numbers of the next submissions, after one id and before another.
 * @param source all submissions, or those that an earlier walk has left behind
 * @param endedBefore milliseconds of business time
 */
export async function forget(
  runner: StatementRunner,
  kind: ForgottenKind,
  source: 'walk' | 'rest',
  { endedBefore, after, before }: { endedBefore: number; after: string; before: string },
): Promise<Stride> {
  const parameters = [new Date(endedBefore).toISOString(), after, before];
  const [row] = await runner.run(STRIDES[kind][source], parameters);
  return row ?? { last: null, forgotten: 0 };
}

/** Forgets numbers and packets of the next reports, after one id and before another. */
export async function forgetReports(runner: StatementRunner, after: string, before: string): Promise<Stride> {
  const [row] = await runner.run(REPORTS, [after, before]);
  return row ?? { last: null, forgotten: 0 };
}

const READ = statement<{ after_id: string }>(
  'retention_read_walk',
  'select after_id::text from retention_walk where kind = $1',
);
const NOTE = statement<object>(
  'retention_note_walk',
  `insert into retention_walk (kind, after_id) values ($1, $2)
   on conflict (kind) do update set after_id = greatest(retention_walk.after_id, excluded.after_id)`,
);

/** Before every id. */
export const LOWEST_ID = '00000000-0000-0000-0000-000000000000';

/** The last id that a walk has looked at. */
export async function readWalk(runner: StatementRunner, kind: ForgottenKind | 'report'): Promise<string> {
  const [row] = await runner.run(READ, [kind]);
  return row?.after_id ?? LOWEST_ID;
}

/** Notes the last id that a walk has looked at; it never goes back. */
export async function noteWalk(
  runner: StatementRunner,
  kind: ForgottenKind | 'report',
  afterId: string,
): Promise<void> {
  await runner.run(NOTE, [kind, afterId]);
}
