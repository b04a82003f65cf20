import type { StatementRunner } from '../database.js';
import { nullableArray, plainArray, statement, textArray } from '../statement.js';

/** An endpoint that has not been given all events of its app. */
export interface BehindEndpoint {
  id: string;
  app_id: number;
  /** Null: all. */
  event_types: string[] | null;
  /** Events up to this number have become deliveries. */
  position: number;
}

/** An event that becomes a delivery. Times in milliseconds of business time. */
export interface NewDelivery {
  readonly id: string;
  readonly sequence: number;
  readonly at: number;
  readonly submissionId: string;
  readonly ordinal: number;
  readonly status: number;
  readonly previous: number | null;
  readonly smsState: number | null;
  readonly reason: number | null;
}

/** An endpoint with so many deliveries waiting gets no more: the outbox keeps the rest for it. */
const MAX_WAITING = 1000;

/** Endpoints that have not been given all events of their apps. */
const BEHIND = `from webhook_endpoint e join event_sequence s on s.app_id = any (array[e.app_id])
   where e.enabled and e.position < s.last`;

const IS_BEHIND = statement<{ behind: boolean }>('webhook_is_behind', `select exists (select ${BEHIND}) as behind`);

const LOCK_BEHIND = statement<BehindEndpoint>(
  'webhook_lock_behind',
  `select e.id, e.app_id, e.event_types, e.position ${BEHIND} and (
     select count(*) from (
       select from webhook_delivery d where d.endpoint_id = e.id and d.due_at is not null limit ${MAX_WAITING}) waiting
     ) < ${MAX_WAITING}
   order by e.id limit 1 for update of e skip locked`,
);

const INSERT = statement<object>(
  'webhook_insert_deliveries',
  `with delivered as (
     insert into webhook_delivery (id, endpoint_id, sequence, due_at, since, at, submission_id, ordinal, status, previous,
       sms_state, reason)
     select d.id, $1, d.sequence, $3, $3, d.at, d.submission_id, d.ordinal, d.status, d.previous, d.sms_state, d.reason
     from unnest($4::uuid[], $5::bigint[], $6::timestamptz[], $7::uuid[], $8::integer[], $9::smallint[], $10::smallint[],
       $11::integer[], $12::integer[])
       as d (id, sequence, at, submission_id, ordinal, status, previous, sms_state, reason))
   update webhook_endpoint set position = $2 where id = $1`,
);

/** Whether any endpoint is behind: a look without a transaction, for the many times when there is none. */
export async function isEndpointBehind(runner: StatementRunner): Promise<boolean> {
  const [row] = await runner.run(IS_BEHIND, []);
  return row.behind;
}

/** One endpoint that is behind and has room, locked until the transaction ends; those that others work on are passed by. */
export async function lockBehindEndpoint(runner: StatementRunner): Promise<BehindEndpoint | undefined> {
  const [row] = await runner.run(LOCK_BEHIND, []);
  return row;
}

/** Stores deliveries to an endpoint, due at `now`, and that it was given all events up to `position`: both or neither. */
export async function insertDeliveries(
  runner: StatementRunner,
  endpointId: string,
  position: number,
  now: number,
  deliveries: readonly NewDelivery[],
): Promise<void> {
  await runner.run(INSERT, [
    endpointId,
    position,
    new Date(now).toISOString(),
    plainArray(deliveries.map(({ id }) => id)),
    plainArray(deliveries.map(({ sequence }) => sequence)),
    textArray(deliveries.map(({ at }) => new Date(at).toISOString())),
    plainArray(deliveries.map(({ submissionId }) => submissionId)),
    plainArray(deliveries.map(({ ordinal }) => ordinal)),
    plainArray(deliveries.map(({ status }) => status)),
    nullableArray(deliveries.map(({ previous }) => previous)),
    nullableArray(deliveries.map(({ smsState }) => smsState)),
    nullableArray(deliveries.map(({ reason }) => reason)),
  ]);
}
