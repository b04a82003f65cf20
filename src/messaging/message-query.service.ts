import { Injectable } from '@nestjs/common';

import { Clock } from '../clock/clock.js';
import { Secrets } from '../config/secrets.js';
import { Database } from '../database/database.js';
import type { MessageRow } from '../database/statements/message-columns.js';
import { findMessage } from '../database/statements/message-find.js';
import { attemptsOf, reportsOf } from '../database/statements/message-history.js';
import { listMessages, type MessageFilter } from '../database/statements/message-list.js';
import { AttemptOutcome } from '../database/statements/settlement.js';
import { ApplicationError } from '../errors.js';
import { Cursors, type Page, type Position } from '../rest/page.js';
import { InvalidRequestError } from '../rest/validation.pipe.js';
import { parseUuid } from '../uuid.js';
import { eventsOf, type MessageEvent, type PastAttempt } from './domain/message-events.js';
import { idRange, statusFilter } from './domain/message-filter.js';
import { parseMessageId, parseSubmissionId } from './domain/message-id.js';
import { isNumberFault, parsePhoneNumber } from './domain/phone-number.js';
import type { MessageListQuery } from './message-query.dto.js';
import { eventView, type MessageDetailsView, messageView, type MessageView, packetOfRow } from './message.view.js';
import { Routes } from './routes.js';

/** Messages that one page may look at: some 20 ms of PostgreSQL's time, however few of them match. */
const SCAN_BUDGET = 20_000;

const cursors = new Cursors<readonly [string, number]>(
  'messages',
  (position: Position): position is readonly [string, number] =>
    position.length === 2 &&
    typeof position[0] === 'string' &&
    parseUuid(position[0]) !== undefined &&
    Number.isInteger(position[1]),
);

/** No message of this app has this id. Whether another's has is not said. */
export class MessageNotFoundError extends ApplicationError {
  constructor() {
    super('not_found', 'message_not_found', 'There is no such message.');
  }
}

/** Reads messages back, each query bounded to the app that asks. */
@Injectable()
export class MessageQueryService {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly secrets: Secrets,
    private readonly routes: Routes,
  ) {}

  /**
   * One message with the statuses that it went through.
   * @param id as it came from outside
   * @throws MessageNotFoundError
   */
  async find(appId: number, id: string): Promise<MessageDetailsView> {
    const key = parseMessageId(id);
    const row = key && (await findMessage(this.database, key, appId));
    if (row === undefined) throw new MessageNotFoundError();
    const now = this.clock.now();
    const view = messageView(row, now);
    return Object.assign(view, { events: (await this.events(row, view)).map(eventView) });
  }

  /**
   * A page of messages, newest first. It may be short or empty although there are more: only a null `nextCursor` ends a list.
   * @throws InvalidRequestError for a cursor, id or number that can't be read
   * @throws ApplicationError `impossible_number`, `unknown_route` (422)
   */
  async list(appId: number, query: MessageListQuery): Promise<Page<MessageView>> {
    const now = this.clock.now();
    const filter = await this.filterOf(appId, query, now);
    const { rows, reached } = await listMessages(this.database, filter, {
      limit: query.limit,
      budget: SCAN_BUDGET,
      now,
    });
    return {
      items: rows.map((row) => messageView(row, now)),
      nextCursor: reached === undefined ? null : cursors.encode([reached.submissionId, reached.ordinal]),
    };
  }

  private async events(row: MessageRow, { status }: MessageView): Promise<MessageEvent[]> {
    const key = { submissionId: row.submission_id, ordinal: row.ordinal };
    const attempts = await attemptsOf(this.database, key);
    const reports = row.sms_uid === null ? [] : await reportsOf(this.database, row.sms_uid);
    return eventsOf({
      createdAt: row.created_at.getTime(),
      dueAt: row.due_at.getTime(),
      status,
      statusAt: row.status_at?.getTime(),
      accepted: row.acceptances > 0,
      packet: packetOfRow(row),
      attempts: attempts.map((attempt) => ({
        claimedAt: attempt.claimed_at.getTime(),
        endedAt: attempt.ended_at.getTime(),
        outcome: outcomeOf(attempt.outcome),
      })),
      reports: reports.map((report) => ({
        at: report.at.getTime(),
        receivedAt: report.received_at.getTime(),
        smsState: report.sms_state,
      })),
    });
  }

  private async filterOf(appId: number, query: MessageListQuery, now: number): Promise<MessageFilter> {
    const createdFrom = query.createdFrom === undefined ? undefined : Date.parse(query.createdFrom);
    const createdTo = query.createdTo === undefined ? undefined : Date.parse(query.createdTo);
    const range = idRange({ from: createdFrom, to: createdTo }, now - Date.now());
    const submissionId = query.submissionId === undefined ? undefined : readSubmissionId(query.submissionId);
    const after = cursors.decode(query.cursor);
    return {
      appId,
      lowestId: later(range.lowest, submissionId ?? range.lowest),
      highestId: earlier(range.highest, submissionId ?? range.highest),
      after: after && { submissionId: after[0], ordinal: after[1] },
      createdFrom,
      createdTo,
      countryCode: query.country,
      routeId: query.route === undefined ? undefined : (await this.routes.find(query.route)).id,
      numberHash: query.to === undefined ? undefined : this.secrets.hashNumber(readNumber(query.to)),
      statuses: query.status && statusFilter(query.status),
    };
  }
}

const OUTCOMES: ReadonlyMap<number, PastAttempt['outcome']> = new Map(
  Object.entries(AttemptOutcome).map(([name, code]) => [code, name as PastAttempt['outcome']]),
);

function outcomeOf(code: number): PastAttempt['outcome'] {
  return OUTCOMES.get(code) ?? 'in_doubt';
}

function readSubmissionId(text: string): string {
  const id = parseSubmissionId(text);
  if (id === undefined) throw new InvalidRequestError([{ field: 'submissionId', rule: 'must be a submission id' }]);
  return id;
}

/** The E.164 digits; a query string makes a blank of a plus that was not escaped. */
function readNumber(text: string): string {
  const bare = text.trim();
  const number = parsePhoneNumber(bare.startsWith('+') ? bare : `+${bare}`);
  if (!isNumberFault(number)) return number.e164.slice(1);
  throw new ApplicationError(number.kind, number.code, `to ${number.rule}.`, {
    faults: [{ field: 'to', rule: number.rule }],
  });
}

/** Lower-case UUIDs sort as their text does. */
const later = (one: string, other: string): string => (one > other ? one : other);
const earlier = (one: string, other: string): string => (one < other ? one : other);
