import type { StatementRunner } from '../database.js';
import { plainArray, statement } from '../statement.js';

const IS_DONE = statement<object>('restore_is_done', 'select from restore_mark where restored_to = $1');
const DONE = statement<object>(
  'restore_done',
  'insert into restore_mark (restored_to) values ($1) on conflict do nothing',
);

// By the index on what waits: what is taken leaves it, so that each batch begins where the last one ended.
const TAKE = statement<{ id: number }>(
  'restore_take',
  `with due as materialized (
     select id from packet where attempt_id is null and due_at <= $2 limit cardinality($1::uuid[]) for update skip locked
   )
   update packet p set attempt_id = d.attempt_id, worker_id = d.attempt_id, claimed_at = $2,
     deadline = now() - interval '1 second', tries = p.tries + 1
   from (select id, ($1::uuid[])[row_number() over (order by id)] as attempt_id from due) d
   where p.id = any (array[d.id]) returning p.id`,
);

/** Whether a restore to this time was dealt with before. */
export async function isRestoreDone(runner: StatementRunner, restoredTo: Date): Promise<boolean> {
  return (await runner.run(IS_DONE, [restoredTo])).length > 0;
}

/** Remembers that it has been. */
export async function noteRestore(runner: StatementRunner, restoredTo: Date): Promise<void> {
  await runner.run(DONE, [restoredTo]);
}

/**
 * Takes packets that are due, by attempts that nobody makes and whose deadline has passed: who gives attempts up puts them in
 * doubt (design.md 3 rule 11).
 * @param attemptIds fresh ones; as many packets are taken at the most
 * @param now business time, milliseconds
 */
export async function takeForDoubt(
  runner: StatementRunner,
  attemptIds: readonly string[],
  now: number,
): Promise<number> {
  return (await runner.run(TAKE, [plainArray(attemptIds), new Date(now).toISOString()])).length;
}
