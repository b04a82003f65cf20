import type { StatementRunner } from '../database.js';
import { statement } from '../statement.js';

/** A delivery with its attempts. */
export interface DeliveryRow {
  id: string;
  sequence: number | null;
  submission_id: string | null;
  ordinal: number | null;
  at: Date;
  since: Date;
  due_at: Date | null;
  status: number;
  previous: number | null;
  outcome: 'pending' | 'delivered' | 'failed';
  tried: { at: string; milliseconds: number; status: number | null; error: string | null; answer: string | null }[];
}

const LIST = statement<DeliveryRow>(
  'webhook_list_deliveries',
  `select d.id, d.sequence, d.submission_id, d.ordinal, d.at, d.since, d.due_at, d.status, d.previous, d.outcome,
     coalesce(tried.list, '[]'::json) as tried
   from (
     select * from webhook_delivery
     where endpoint_id = $1 and id < $2 and ($3::text is null or outcome = $3) and ($5::uuid is null or id = $5)
     order by id desc limit $4) d
   left join lateral (
     select json_agg(json_build_object('at', a.at, 'milliseconds', a.milliseconds, 'status', a.status, 'error', a.error,
       'answer', a.answer) order by a.id) as list
     from (select * from webhook_attempt where delivery_id = d.id order by id limit 200) a) tried on true
   order by d.id desc`,
);

const REPLAY = statement<{ id: string }>(
  'webhook_replay',
  `update webhook_delivery set due_at = $3, since = $3, attempts = 0, outcome = 'pending'
   where id = $2 and endpoint_id = $1 returning id`,
);

const TEST = statement<object>(
  'webhook_test',
  `insert into webhook_delivery (id, endpoint_id, due_at, since, at, status) values ($2, $1, $3, $3, $3, 0)`,
);

/** Deliveries to an endpoint, newest first. @param before only those with a lesser id */
export function listDeliveries(
  runner: StatementRunner,
  endpointId: string,
  page: { readonly before: string; readonly outcome: string | undefined; readonly limit: number; readonly id?: string },
): Promise<DeliveryRow[]> {
  return runner.run(LIST, [endpointId, page.before, page.outcome ?? null, page.limit, page.id ?? null]);
}

/** Makes a delivery due again, under its old id, for another three days. @returns false when there is none */
export async function replayDelivery(
  runner: StatementRunner,
  endpointId: string,
  id: string,
  now: number,
): Promise<boolean> {
  return (await runner.run(REPLAY, [endpointId, id, new Date(now).toISOString()])).length > 0;
}

/** Stores the delivery of a test event. */
export async function insertTest(runner: StatementRunner, endpointId: string, id: string, now: number): Promise<void> {
  await runner.run(TEST, [endpointId, id, new Date(now).toISOString()]);
}
