import type { StatementRunner } from '../database.js';
import { plainArray, statement } from '../statement.js';

/** A packet that this worker may send, with all that goes onto the wire. Times in milliseconds. */
export interface ClaimedPacket {
  readonly packetId: number;
  readonly attemptId: string;
  readonly submissionId: string;
  readonly appId: number;
  readonly routeId: number;
  /** ROUTE_ID on the wire. */
  readonly routeName: string;
  readonly lane: number;
  readonly tries: number;
  readonly segments: number;
  readonly dueAt: number;
  readonly validUntil: number;
  /** The packet's own text; null: the submission's. */
  readonly ownText: string | null;
  readonly text: string;
  readonly sender: string | null;
  readonly signature: string | null;
  readonly signatureType: number | null;
  readonly resendOnDoubt: boolean;
  /** This packet is such a repetition already. */
  readonly resent: boolean;
  /** The attempt that was refused as a whole, of whose numbers this packet has a part. */
  readonly halvedFrom: string | null;
  /** This is the one packet of one number that a route in question may send. */
  readonly probe: boolean;
  /** Ordinals, ascending, and in the same order their numbers. */
  readonly members: readonly number[];
  readonly countryCodes: readonly number[];
  readonly msisdns: readonly string[];
}

interface ClaimedRow {
  packet_id: number;
  attempt_id: string;
  submission_id: string;
  app_id: number;
  route_id: number;
  route_name: string;
  lane: number;
  tries: number;
  segments: number;
  due_at: Date;
  valid_until: Date;
  own_text: string | null;
  text: string;
  sender: string | null;
  signature: string | null;
  signature_type: number | null;
  resend_on_doubt: boolean;
  resent: boolean;
  halved_from: string | null;
  probe: boolean;
  members: number[];
  country_codes: number[];
  msisdns: string[];
}

export interface ClaimOptions {
  readonly workerId: string;
  /** Fresh unguessable ids; as many packets are claimed at the most. */
  readonly attemptIds: readonly string[];
  /** Business time, milliseconds. */
  readonly now: number;
  /** Milliseconds from now (database time) after which an attempt without an outcome is in doubt. */
  readonly window: number;
  /** Routes by which this process has read ANSWERs: they may send at full speed. */
  readonly proven: readonly number[];
  /** Other routes that this process has sent a probe by, whose outcome it waits for. */
  readonly probing: readonly number[];
  /** Packets of the normal lane that go before those of the high one, if there are any. */
  readonly keptForNormal: number;
}

const LANE_HIGH = 1;
const LANE_NORMAL = 0;

/**
 * Due packets of each flow of a lane, an equal share of `limit` each: nobody starves behind a million. Where there are more
 * flows than places, chance says whose turn it is; it comes with the attempt ids.
 */
const dueOf = (lane: number, limit: string): string => `
  select p.id, p.route_id, p.lane, p.segments, p.members, p.place, f.turn
  from (select f.route_id, f.app_id, ${limit}::numeric / count(*) over () as share,
      hashtext(($2::text[])[1] || '/' || f.app_id || '/' || f.route_id) as turn
    from flow f join open_route r on r.id = f.route_id
    where f.lane = ${lane} and exists (select from packet p where p.route_id = f.route_id and p.lane = ${lane}
      and p.app_id = f.app_id and p.attempt_id is null and p.due_at <= $3 offset 0)) f
  cross join lateral (
    select id, route_id, lane, segments, members, row_number() over () as place
    from (select * from packet p where p.route_id = f.route_id and p.lane = ${lane} and p.app_id = f.app_id
      and p.attempt_id is null and p.due_at <= $3
      order by p.due_at, p.id limit greatest(1, ceil(f.share)) for update skip locked) p) p
  order by p.place, f.turn, p.id limit greatest(0, ${limit})`;

const CLAIM = statement<ClaimedRow>(
  'claim',
  `with open_route as materialized (
     select id, segments_per_second, least(segments_per_second / 2.0 + 1,
       tokens + segments_per_second * extract(epoch from clock_timestamp() - tokens_at)) as tokens,
       failures > 0 or id <> all($5::smallint[]) as probe, failures > 0 as stopped
     from route where (paused_until is null or paused_until <= now()) and (id = any($5::smallint[]) or id <> all($6::smallint[]))
     order by id for update
   ), high as materialized (${dueOf(LANE_HIGH, '(cardinality($2::uuid[]) - $7::int)')}
   ), normal as materialized (${dueOf(LANE_NORMAL, '(cardinality($2::uuid[]) - (select count(*) from high))')}
   ), ranked as (
     -- The share that is kept for normal comes first: tokens may not suffice for what is high.
     select d.*, n.need, sum(n.need) over in_turn as needed, row_number() over in_turn as rank, r.probe, r.stopped
     from (select *, place as kept from high
       union all select *, row_number() over (order by place, turn, id) - 1 - $7::int from normal) d join open_route r on r.id = d.route_id
     cross join lateral (select d.segments * case when r.probe then 1 else cardinality(d.members) end as need) n
     window in_turn as (partition by d.route_id order by least(d.kept, 0), d.lane desc, d.place, d.turn, d.id)
   ), chosen as materialized (
     select c.id, c.route_id, c.need, c.members, c.probe, c.stopped,
       ($2::uuid[])[row_number() over (order by c.id)] as attempt_id
     from ranked c join open_route r on r.id = c.route_id
     -- A packet that is larger than the bucket goes when the bucket is full, and leaves it in debt.
     where (c.needed <= r.tokens or (c.needed = c.need and r.tokens >= r.segments_per_second / 2.0))
       and (c.rank = 1 or not c.probe)
   ), spent as (
     -- A stopped route's probe closes it to all processes until its outcome is stored, or it can't have one any more.
     update route set tokens = r.tokens - c.need, tokens_at = clock_timestamp(),
       paused_until = case when c.stopped then clock_timestamp() + $4 * interval '1 millisecond' else route.paused_until end
     from open_route r join (select route_id, sum(need) as need, bool_or(stopped) as stopped from chosen group by route_id) c
       on c.route_id = r.id
     where route.id = r.id
   ), claimed as (
     update packet p set attempt_id = c.attempt_id, worker_id = $1, claimed_at = $3, tries = p.tries + 1,
       deadline = clock_timestamp() + $4 * interval '1 millisecond',
       members = case when c.probe then p.members[1:1] else p.members end
     from chosen c where p.id = any (array[c.id])
     returning p.*, c.probe
   ), split as (
     -- What a probe leaves of its packet keeps its place.
     insert into packet (submission_id, due_at, valid_until, app_id, route_id, lane, segments, tries, resent, halved_from,
       first_ordinal, members, text)
     select p.submission_id, p.due_at, p.valid_until, p.app_id, p.route_id, p.lane, p.segments, p.tries - 1, p.resent,
       p.halved_from, c.members[2], c.members[2:], p.text
     from claimed p join chosen c on c.id = p.id
     where c.probe and cardinality(c.members) > 1
   )
   select p.id as packet_id, p.attempt_id::text, p.submission_id::text, p.app_id, p.route_id,
     r.name as route_name, p.lane, p.tries, p.segments, p.due_at, p.valid_until, p.text as own_text, coalesce(p.text, s.text, '') as text, s.sender, s.signature,
     s.signature_type, s.resend_on_doubt, p.resent, p.halved_from::text, p.probe,
     coalesce(m.ordinals, '{}') as members,
     coalesce(m.country_codes, '{}') as country_codes, coalesce(m.msisdns, '{}') as msisdns
   from claimed p join submission s on s.id = any (array[p.submission_id]) join route r on r.id = p.route_id
   cross join lateral (
     select array_agg(m.country_code order by m.ordinal) as country_codes,
       array_agg(m.msisdn order by m.ordinal) as msisdns, array_agg(m.ordinal order by m.ordinal) as ordinals
     from message m
     where m.submission_id = any (array[p.submission_id])
       and m.ordinal between p.members[1] and p.members[cardinality(p.members)]
       and (cardinality(p.members) = p.members[cardinality(p.members)] - p.members[1] + 1 or m.ordinal = any(p.members))
       -- Never what has turned out to have been accepted, by a report of an earlier attempt.
       and m.acceptances = 0
   ) m
   order by p.lane desc, p.due_at, p.id`,
);

const RELEASE_CLAIMS = statement<{ id: number }>(
  'release_claims',
  `update packet p set attempt_id = null, worker_id = null, claimed_at = null, deadline = null, tries = p.tries - 1
   from unnest($1::uuid[]) as a(id) where p.attempt_id = a.id returning p.id`,
);

/**
 * Claims due packets: sets attempt, worker and deadline. Its commit is the intent to send, before any byte leaves
 * (design.md 3 rules 3 and 4). High lane first, but for what is kept for normal; each flow (route, lane, app) gets an equal
 * share; the route's tokens are taken in the same statement. A route in question gets one packet of one number (rule 9);
 * what is left of the packet that it was taken from stays in the queue.
 */
export async function claim(runner: StatementRunner, options: ClaimOptions): Promise<ClaimedPacket[]> {
  const rows = await runner.run(CLAIM, [
    options.workerId,
    plainArray(options.attemptIds),
    new Date(options.now).toISOString(),
    options.window,
    plainArray(options.proven),
    plainArray(options.probing),
    Math.min(options.keptForNormal, options.attemptIds.length),
  ]);
  return rows.map((row) => ({
    packetId: row.packet_id,
    attemptId: row.attempt_id,
    submissionId: row.submission_id,
    appId: row.app_id,
    routeId: row.route_id,
    routeName: row.route_name,
    lane: row.lane,
    tries: row.tries,
    segments: row.segments,
    dueAt: row.due_at.getTime(),
    validUntil: row.valid_until.getTime(),
    ownText: row.own_text,
    text: row.text,
    sender: row.sender,
    signature: row.signature,
    signatureType: row.signature_type,
    resendOnDoubt: row.resend_on_doubt,
    resent: row.resent,
    halvedFrom: row.halved_from,
    probe: row.probe,
    members: row.members,
    countryCodes: row.country_codes,
    msisdns: row.msisdns,
  }));
}

/**
 * Takes back claims whose commit was in doubt and of which no byte was sent, by the attempt ids that were to be given
 * (design.md 3 rule 10). Only for ids that the caller made and never sent under.
 */
export async function releaseClaims(runner: StatementRunner, attemptIds: readonly string[]): Promise<number> {
  return (await runner.run(RELEASE_CLAIMS, [plainArray(attemptIds)])).length;
}
