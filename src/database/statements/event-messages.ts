import { plainArray, statement } from '../statement.js';
import type { StatementRunner } from '../database.js';
import { packetOf } from './message-columns.js';

/** A message that an event speaks of, as it is now. */
export interface EventMessageRow {
  submission_id: string;
  ordinal: number;
  country_code: number;
  /** Null once retention has taken the number. */
  msisdn: string | null;
  /** Code of the stored status. */
  status: number;
  metadata: Record<string, unknown> | null;
  packet_sending: boolean | null;
  packet_tries: number | null;
  packet_due_at: Date | null;
  packet_claimed_at: Date | null;
}

const FIND = statement<EventMessageRow>(
  'event_messages',
  `select found.submission_id, found.ordinal, found.country_code, found.msisdn, found.status, submission.metadata,
     waiting.packet_sending, waiting.packet_tries, waiting.packet_due_at, waiting.packet_claimed_at
   from unnest($1::uuid[], $2::integer[]) as wanted (submission_id, ordinal)
   join message found on found.submission_id = any (array[wanted.submission_id]) and found.ordinal = wanted.ordinal
   join submission on submission.id = any (array[wanted.submission_id])
   left join lateral (${packetOf(
     'found',
     `attempt_id is not null as packet_sending, tries as packet_tries, due_at as packet_due_at,
     claimed_at as packet_claimed_at`,
   )}) waiting on found.status = 0`,
);

/** The messages of these keys, in any order; those whose partition is gone are left out. No key may stand twice. */
export function findEventMessages(
  runner: StatementRunner,
  keys: readonly { readonly submissionId: string; readonly ordinal: number }[],
): Promise<EventMessageRow[]> {
  return runner.run(FIND, [
    plainArray(keys.map(({ submissionId }) => submissionId)),
    plainArray(keys.map(({ ordinal }) => ordinal)),
  ]);
}
