import type { StatementRunner } from '../database.js';
import { statement } from '../statement.js';

const NEW_STATEMENTS = statement<{ id: string; period: string; route_id: number | null }>(
  'reconcile_new_statements',
  `select s.id, s.period, s.route_id from provider_statement s
   where s.state = 'loaded' and not exists (select from reconciliation_run r where r.statement_id = s.id)
   order by s.id limit 100`,
);

const QUEUE = statement<{ id: string }>(
  'reconcile_queue_run',
  `insert into reconciliation_run (id, statement_id, period, period_from, period_to, route_id, created_at)
   select $1, s.id, $3, $4, $5, s.route_id, $6 from provider_statement s
   where s.id = $2 and not exists (select from reconciliation_run r where r.statement_id = s.id)
   returning id`,
);

/** Statements that nobody has held against ours yet. */
export async function newStatements(
  runner: StatementRunner,
): Promise<{ readonly id: string; readonly period: string }[]> {
  return runner.run(NEW_STATEMENTS, []);
}

/** Queues the first run of a statement. @returns whether there was none yet */
export async function queueRun(
  runner: StatementRunner,
  id: string,
  statementId: string,
  period: { readonly name: string; readonly from: number; readonly to: number },
  now: Date,
): Promise<boolean> {
  const rows = await runner.run(QUEUE, [id, statementId, period.name, new Date(period.from), new Date(period.to), now]);
  return rows.length > 0;
}

const IS_RECONCILED = statement<{ reconciled: boolean }>(
  'reconcile_is_reconciled',
  `select not exists (select from provider_statement where state = 'loaded') or not exists (
     select from (
       select distinct route_id from aggregate_bucket
       where tier = 0 and start >= $1::timestamptz and start < $2::timestamptz and messages > 0) sent
     cross join generate_series($1::timestamptz, $2::timestamptz - interval '1 day', interval '1 day') as day
     where not exists (
       select from reconciliation_run r
       where r.state = 'done' and r.balanced and (r.route_id is null or r.route_id = sent.route_id)
         and r.period_from <= day and r.period_to > day)) as reconciled`,
);

/**
 * Whether every day of a month was held against the provider's statement, on every route that has sent something in it. Where nobody
 * has ever uploaded a statement, nobody waits for one.
 */
export async function isReconciled(runner: StatementRunner, from: Date, to: Date): Promise<boolean> {
  const [row] = await runner.run(IS_RECONCILED, [from, to]);
  return row?.reconciled ?? false;
}
