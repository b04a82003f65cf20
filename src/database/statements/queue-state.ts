import type { StatementRunner } from '../database.js';
import { statement } from '../statement.js';

/** Packets of a route and lane, and open doubts, that are counted at the most. */
export const MOST_COUNTED = 20_000;

/** What waits on one route in one lane. */
export interface LaneRow {
  readonly route: string;
  readonly lane: number;
  /** Messages in the packets that wait, of which `MOST_COUNTED` are looked at. */
  readonly messages: number;
  /** When the packet that has waited longest was due, business time; null: none waits. */
  readonly oldest_due: Date | null;
}

/** What nobody knows the outcome of. */
export interface DoubtRow {
  /** Up to `MOST_COUNTED`. */
  readonly open: number;
  /** Business time; null: none is open. */
  readonly oldest: Date | null;
}

const LANES = statement<LaneRow>(
  'queue_lanes',
  `select r.name as route, l.lane, coalesce(q.messages, 0)::float8 as messages, o.due_at as oldest_due
   from route r cross join (values (0::smallint), (1::smallint)) as l(lane)
   cross join lateral (
     select sum(cardinality(members)) as messages from (
       select members from packet
       where route_id = r.id and lane = l.lane and attempt_id is null limit ${MOST_COUNTED}) counted) q
   cross join lateral (
     select min(first.due_at) as due_at from flow f cross join lateral (
       select due_at from packet p
       where p.route_id = f.route_id and p.lane = f.lane and p.app_id = f.app_id and p.attempt_id is null
       order by due_at limit 1) first
     where f.route_id = r.id and f.lane = l.lane) o
   order by r.position, l.lane`,
);

const DOUBTS = statement<DoubtRow>(
  'queue_doubts',
  `select (select count(*) from (select from doubt limit ${MOST_COUNTED}) counted)::int as open,
     (select since from doubt order by since limit 1) as oldest`,
);

/** What waits on each route in each lane, routes in their order. */
export function queueLanes(runner: StatementRunner): Promise<LaneRow[]> {
  return runner.run(LANES, []);
}

/** How many SMS are in doubt, and since when the first. */
export async function openDoubts(runner: StatementRunner): Promise<DoubtRow> {
  const [row] = await runner.run(DOUBTS, []);
  return row ?? { open: 0, oldest: null };
}
