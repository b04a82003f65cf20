import type { StatementRunner } from '../database.js';
import { plainArray, statement } from '../statement.js';
import { MESSAGE_COLUMNS, MESSAGE_JOINS, type MessageRow, packetOf } from './message-columns.js';

/** What messages are wanted. Times in milliseconds of business time; undefined members do not count. */
export interface MessageFilter {
  readonly appId: number;
  /** Bounds of the submission id, both included. */
  readonly lowestId: string;
  readonly highestId: string;
  /** Only messages before this one in the list, that is with a lesser key. */
  readonly after: { readonly submissionId: string; readonly ordinal: number } | undefined;
  readonly createdFrom: number | undefined;
  /** Not included. */
  readonly createdTo: number | undefined;
  readonly countryCode: number | undefined;
  readonly routeId: number | undefined;
  readonly numberHash: bigint | undefined;
  readonly statuses:
    | {
        /** Codes of stored statuses. */
        readonly stored: readonly number[];
        /** Statuses that are read from the packet. */
        readonly packet: readonly ('scheduled' | 'queued' | 'sending')[];
      }
    | undefined;
}

/** A stretch of a list. */
export interface MessageStretch {
  readonly rows: readonly MessageRow[];
  /** The last message that was looked at, when there may be more behind it than was looked at. */
  readonly reached: { readonly submissionId: string; readonly ordinal: number } | undefined;
}

interface ListedRow extends MessageRow {
  matched: boolean;
  /** How many messages were looked at up to this one. */
  place: number;
}

const PACKET_STATUS = packetOf(
  'walked',
  `case when attempt_id is not null then 'sending' when tries = 0 and due_at > $13 then 'scheduled' else 'queued' end`,
);

/**
 * Of the $1 newest messages within the bounds, those that match, until the $2nd of them. The last one that was looked at
 * comes along even if it does not match, so that the next page can go on from there.
 *
 * @param newest the messages to look at, in the order of the key, downward, or nearly so
 */
const listing = (name: string, newest: string) =>
  statement<ListedRow>(
    name,
    `select ${MESSAGE_COLUMNS}, found.matched, found.place
     from (
       select * from (
         select walked.*,
           (walked.app_id = $7
             and ($8::timestamptz is null or walked.created_at >= $8) and ($9::timestamptz is null or walked.created_at < $9)
             and ($10::integer is null or walked.country_code = $10) and ($11::smallint is null or walked.route_id = $11)
             and ($12::smallint[] is null or walked.status = any($12)
               or (walked.status = 0 and cardinality($14::text[]) > 0 and (${PACKET_STATUS}) = any($14)))) as matched
         from (
           select newest.*, row_number() over (order by submission_id desc, ordinal desc) as place
           from (${newest}) newest) walked) judged
       where judged.matched or judged.place = $1
       order by judged.submission_id desc, judged.ordinal desc limit $2) found
     ${MESSAGE_JOINS}
     order by found.submission_id desc, found.ordinal desc`,
  );

const LIST = listing(
  'message_list',
  `select * from message
   where submission_id >= $5 and submission_id <= $6 and submission_id <= $3
     and (submission_id, ordinal) < ($3::uuid, $4::bigint)
   order by submission_id desc, ordinal desc limit $1`,
);

/**
 * Conditions and order are those of the index on numbers, in a form that the key can serve neither: a plan that was made while
 * a partition was empty would walk the whole key when it is full (performance.md, rule 6).
 */
const LIST_BY_NUMBER = listing(
  'message_list_by_number',
  `select * from message
   where (app_id, number_hash, submission_id) >= ($7::integer, $15::bigint, $5::uuid)
     and (app_id, number_hash, submission_id) <= ($7::integer, $15::bigint, least($6::uuid, $3::uuid))
     and (submission_id, ordinal) < ($3::uuid, $4::bigint)
   order by app_id desc, number_hash desc, submission_id desc limit $1`,
);

/** Above every ordinal. */
const BEYOND = 2 ** 31;

/**
 * Messages of an app, newest first by the time-ordered key.
 *
 * @param limit matching messages at the most
 * @param budget messages to look at, at the most: what bounds the cost of a page however few match
 * @param now business time, milliseconds
 */
export async function listMessages(
  runner: StatementRunner,
  filter: MessageFilter,
  { limit, budget, now }: { limit: number; budget: number; now: number },
): Promise<MessageStretch> {
  const { after, statuses, numberHash } = filter;
  const parameters = [
    budget,
    limit + 1,
    after?.submissionId ?? filter.highestId,
    after?.ordinal ?? BEYOND,
    filter.lowestId,
    filter.highestId,
    filter.appId,
    timestamp(filter.createdFrom),
    timestamp(filter.createdTo),
    filter.countryCode ?? null,
    filter.routeId ?? null,
    statuses === undefined ? null : plainArray(statuses.stored),
    timestamp(now),
    plainArray(statuses?.packet ?? []),
  ];
  const rows =
    numberHash === undefined
      ? await runner.run(LIST, parameters)
      : await runner.run(LIST_BY_NUMBER, [...parameters, String(numberHash)]);
  const matching = rows.filter(({ matched }) => matched);
  const last = rows.at(-1);
  const isCut = matching.length > limit;
  const shown = isCut ? matching.slice(0, limit) : matching;
  const reached = isCut ? shown.at(-1) : last?.place === budget ? last : undefined;
  return {
    rows: shown,
    reached: reached && { submissionId: reached.submission_id, ordinal: reached.ordinal },
  };
}

function timestamp(milliseconds: number | undefined): string | null {
  return milliseconds === undefined ? null : new Date(milliseconds).toISOString();
}
