import type { StatementRunner } from '../database.js';
import { statement } from '../statement.js';

/** Between two heartbeats, or since the last one: beyond this the callback role could not receive. In seconds. */
export const LONGEST_SILENCE = 150;

const BEAT = statement<object>(
  'callback_heartbeat',
  `with old as (delete from callback_heartbeat where beat_at < now() - interval '7 days')
   insert into callback_heartbeat (process_id, refused) values ($1, $2)`,
);

const RECEIVING_SINCE = statement<{ since: number | null }>(
  'receiving_since',
  `select (extract(epoch from case when max(beat_at) > now() - ${LONGEST_SILENCE} * interval '1 second'
     then greatest(
       max(beat_at) filter (where refused > 0),
       max(beat_at) filter (where gap is null or gap > ${LONGEST_SILENCE} * interval '1 second')) end) * 1000)::float8 as since
   from (select beat_at, refused, beat_at - lag(beat_at) over (order by beat_at) as gap from callback_heartbeat) beat`,
);

/**
 * Proves that a callback process can commit.
 * @param refused reports that it has turned away since its last heartbeat
 */
export async function beat(runner: StatementRunner, processId: string, refused: number): Promise<void> {
  await runner.run(BEAT, [processId, refused]);
}

/**
 * Since when reports could have been received all the while, and none was refused.
 * @returns milliseconds of real time; undefined: they can't be received now
 */
export async function receivingSince(runner: StatementRunner): Promise<number | undefined> {
  const [row] = await runner.run(RECEIVING_SINCE, []);
  return row?.since ?? undefined;
}
