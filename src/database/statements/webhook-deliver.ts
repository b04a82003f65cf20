import type { StatementRunner } from '../database.js';
import { plainArray, statement } from '../statement.js';

/** A delivery that this process is to attempt, with its endpoint. */
export interface ClaimedDelivery {
  id: string;
  endpoint_id: string;
  url: string;
  clear_numbers: boolean;
  /** Sealed. */
  secret: Buffer;
  /** Sealed; null: there is none, or its time is over. */
  old_secret: Buffer | null;
  /** Null, as the next ones: a test. */
  sequence: number | null;
  submission_id: string | null;
  ordinal: number | null;
  at: Date;
  since: Date;
  status: number;
  previous: number | null;
  sms_state: number | null;
  reason: number | null;
  /** Before this one. */
  attempts: number;
}

/** How an attempt ended. */
export interface DeliveryResult {
  readonly deliveryId: string;
  readonly attemptId: string;
  /** Real time of its beginning, and how long it took, in milliseconds. */
  readonly at: number;
  readonly milliseconds: number;
  /** HTTP status; null without an answer. */
  readonly status: number | null;
  readonly error: string | null;
  /** First kilobyte of the answer. */
  readonly answer: string | null;
  readonly outcome: 'pending' | 'delivered' | 'failed';
  /** Business time at which a pending one is tried again. */
  readonly dueAt: number | null;
  /** Business time. */
  readonly now: number;
}

/** What a result meant for its endpoint. */
export interface EndpointHealth {
  /** Its first success after failures. */
  recovered: boolean;
  /** Since when it has failed. */
  failing_since: Date | null;
}

/** Seconds of database time for which a claim lasts: longer than an attempt may take. */
const LEASE = 25;

const CLAIM = statement<ClaimedDelivery>(
  'webhook_claim',
  `with picked as (
     select due.id, due.place
     from webhook_endpoint e
     left join unnest($2::uuid[], $3::integer[]) as busy (endpoint_id, room) on busy.endpoint_id = e.id
     cross join lateral (
       select d.id, row_number() over () as place
       from (select id from webhook_delivery d
         where d.endpoint_id = e.id and d.due_at <= $1 and (d.leased_until is null or d.leased_until < now())
         order by d.due_at limit coalesce(busy.room, $4::integer) for update skip locked) d) due
     where e.enabled
     order by due.place limit $5
   ), claimed as (
     update webhook_delivery d set leased_until = now() + interval '${LEASE} seconds'
     from picked where d.id = any (array[picked.id])
     returning d.*
   )
   select c.id, c.endpoint_id, e.url, e.clear_numbers, e.secret,
     case when e.old_secret_until > $1 then e.old_secret end as old_secret, c.sequence, c.submission_id, c.ordinal, c.at,
     c.since, c.status, c.previous, c.sms_state, c.reason, c.attempts
   from claimed c join webhook_endpoint e on e.id = any (array[c.endpoint_id])`,
);

const STORE = statement<EndpointHealth>(
  'webhook_store_result',
  `with ended as (
     update webhook_delivery set attempts = least(attempts + 1, 32000), leased_until = null, due_at = $9, outcome = $8
     where id = $1 and due_at is not null returning endpoint_id
   ), logged as (
     insert into webhook_attempt (id, delivery_id, at, milliseconds, status, error, answer)
     values ($2, $1, $3, $4, $5, $6, $7)
   ), recovered as (
     update webhook_endpoint e set failing_since = null from ended
     where e.id = ended.endpoint_id and $8 = 'delivered' and e.failing_since is not null
     returning e.id
   ), fails as (
     update webhook_endpoint e set failing_since = $10 from ended
     where e.id = ended.endpoint_id and $8 <> 'delivered' and e.failing_since is null
   )
   select exists (select from recovered) as recovered, e.failing_since
   from ended join webhook_endpoint e on e.id = ended.endpoint_id`,
);

const HASTEN = statement<object>(
  'webhook_hasten',
  'update webhook_delivery set due_at = $2 where endpoint_id = $1 and due_at > $2',
);

const DISABLE = statement<object>('webhook_disable', 'update webhook_endpoint set enabled = false where id = $1');

/**
 * Claims due deliveries, of each endpoint as many as it has room for, and of each the first before any the second.
 *
 * @param now business time, milliseconds
 * @param rooms of endpoints of which this process knows something
 */
export function claimDeliveries(
  runner: StatementRunner,
  now: number,
  rooms: readonly { readonly endpointId: string; readonly room: number }[],
  { firstRoom, limit }: { readonly firstRoom: number; readonly limit: number },
): Promise<ClaimedDelivery[]> {
  return runner.run(CLAIM, [
    new Date(now).toISOString(),
    plainArray(rooms.map(({ endpointId }) => endpointId)),
    plainArray(rooms.map(({ room }) => room)),
    firstRoom,
    limit,
  ]);
}

/** Stores how an attempt ended. @returns undefined when the delivery had ended before */
export async function storeDeliveryResult(
  runner: StatementRunner,
  result: DeliveryResult,
): Promise<EndpointHealth | undefined> {
  const [row] = await runner.run(STORE, [
    result.deliveryId,
    result.attemptId,
    new Date(result.at).toISOString(),
    result.milliseconds,
    result.status,
    result.error,
    result.answer,
    result.outcome,
    result.dueAt === null ? null : new Date(result.dueAt).toISOString(),
    new Date(result.now).toISOString(),
  ]);
  return row;
}

/** Makes all that waits for an endpoint due now: it is back. */
export async function hastenDeliveries(runner: StatementRunner, endpointId: string, now: number): Promise<void> {
  await runner.run(HASTEN, [endpointId, new Date(now).toISOString()]);
}

/** Switches an endpoint off: it has said that it is gone. */
export async function disableEndpoint(runner: StatementRunner, endpointId: string): Promise<void> {
  await runner.run(DISABLE, [endpointId]);
}
