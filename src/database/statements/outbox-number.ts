import type { StatementRunner, Transaction } from '../database.js';
import { statement } from '../statement.js';

/** Notified when events have been numbered: whoever reads them may look. */
export const EVENT_CHANNEL = 'gateway_event';

/** Key of the advisory lock under which one process at a time numbers. */
const LOCK_KEY = 7_310_840;

const IS_WAITING = statement<{ waiting: boolean }>(
  'outbox_is_waiting',
  'select exists (select from outbox where last_sequence is null) as waiting',
);

const TAKE_LOCK = statement<{ taken: boolean }>(
  'outbox_take_lock',
  `select pg_try_advisory_xact_lock(${LOCK_KEY}) as taken`,
);

const NUMBER = statement<{ numbered: number }>(
  'outbox_number',
  `with unnumbered as materialized (
     select id, appended_at, app_id, size from outbox where last_sequence is null order by id limit $1
   ), placed as materialized (
     select id, appended_at, app_id, sum(size) over (partition by app_id order by id) as place from unnumbered
   ), counted as (
     insert into event_sequence as known (app_id, last)
     select app_id, max(place) from placed group by app_id order by app_id
     on conflict (app_id) do update set last = known.last + excluded.last
     returning app_id, last
   ), numbered as (
     update outbox o set last_sequence = c.last - t.total + p.place
     from placed p
     join counted c on c.app_id = p.app_id
     join (select app_id, max(place) as total from placed group by app_id) t on t.app_id = p.app_id
     where o.id = any (array[p.id]) and o.appended_at = any (array[p.appended_at]) and o.last_sequence is null
     returning o.id
   )
   select count(*)::int as numbered, pg_notify('${EVENT_CHANNEL}', '') from numbered`,
);

/** Whether rows wait for their numbers. */
export async function isOutboxWaiting(runner: StatementRunner): Promise<boolean> {
  const [row] = await runner.run(IS_WAITING, []);
  return row.waiting;
}

/**
 * Numbers committed rows, each app's without gaps, in the order in which they were appended: two changes of one message were
 * appended under its row's lock, so they are numbered in the order in which they came about.
 *
 * Only under the lock, and in a statement of its own after it: so it sees all that was numbered before.
 *
 * @param limit rows at the most
 * @returns how many rows; undefined when another process is at it
 */
export async function numberOutbox(transaction: Transaction, limit: number): Promise<number | undefined> {
  const [lock] = await transaction.run(TAKE_LOCK, []);
  if (!lock.taken) return undefined;
  const [row] = await transaction.run(NUMBER, [limit]);
  return row.numbered;
}
