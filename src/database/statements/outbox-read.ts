import { statement } from '../statement.js';

/** A numbered row of the outbox; its arrays are parallel. */
export interface OutboxRow {
  last_sequence: number;
  size: number;
  submission_ids: string[];
  /** Ordinals of the messages, as text of an int4multirange: `{[1,201),[205,206)}`. */
  ordinals: string[];
  statuses: number[];
  times: Date[];
  previous: (number | null)[];
  sms_states: (number | null)[];
  reasons: (number | null)[];
}

/** Where the numbers of an app stand. */
export interface SequenceRow {
  /** Number of the newest event; 0 before the first. */
  last: number;
  /** Events up to this one are gone. */
  dropped: number;
}

const COLUMNS = `last_sequence, size, submission_ids::text[] as submission_ids, ordinals::text[] as ordinals, statuses,
  times, previous, sms_states, reasons`;

/** Rows of app $1 that hold the $3 events after number $2, or those of them that there are. */
export const READ_OUTBOX = statement<OutboxRow>(
  'outbox_read',
  `select * from (
     (select ${COLUMNS} from outbox
      where app_id = $1 and last_sequence > $2::bigint and last_sequence < $2::bigint + $3::integer
      order by last_sequence)
     union all
     -- The row in which the stretch ends, however far it reaches.
     (select ${COLUMNS} from outbox
      where app_id = $1 and last_sequence >= $2::bigint + $3::integer
      order by last_sequence limit 1)) stretch
   order by last_sequence`,
);

/** Where the numbers of app $1 stand; no row before its first event. */
export const READ_SEQUENCE = statement<SequenceRow>(
  'outbox_sequence',
  'select last, dropped from event_sequence where app_id = $1',
);
