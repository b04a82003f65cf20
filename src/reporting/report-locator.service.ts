import { Injectable } from '@nestjs/common';

import { Secrets } from '../config/secrets.js';
import type { StatementRunner } from '../database/database.js';
import { LOCATE_BY_ATTEMPT, locateByAttemptParameters } from '../database/statements/report-locate.js';
import {
  FIND_ACCEPTANCES,
  LOCK_MESSAGES,
  type LockedMessage,
  lockMessagesParameters,
  type MessageToLock,
} from '../database/statements/report-lock-messages.js';
import type { TakenReport } from '../database/statements/report-take.js';
import type { Location, LocatedReport, MessageFacts } from './domain/apply-report.js';
import type { FurtherAcceptance } from './domain/further-acceptance.js';
import type { ReportedMessage } from './domain/report-batch.js';

/** Reports of a batch, sorted by what they speak of. */
export interface LocatedBatch {
  /** In the order of the messages' keys. Their rows are locked. */
  readonly messages: readonly ReportedMessage[];
  /** Reports that belong to no send we know of, not yet or not at all. */
  readonly unknown: readonly TakenReport[];
}

/** Finds the messages that reports speak of (design.md 3 rule 5), and locks them. */
@Injectable()
export class ReportLocator {
  constructor(private readonly secrets: Secrets) {}

  /** To be called inside the transaction that applies the reports. */
  async locate(transaction: StatementRunner, reports: readonly TakenReport[]): Promise<LocatedBatch> {
    const locations = await this.locations(transaction, reports);
    const locked = await this.lock(transaction, locations.values());
    const groups = new Map<string, { message: LockedMessage; reports: LocatedReport[] }>();
    for (const message of locked) groups.set(keyOf(message.submission_id, message.ordinal), { message, reports: [] });
    const unknown: TakenReport[] = [];
    for (const report of reports) {
      const location = locations.get(report.id);
      const group = location === undefined ? undefined : groups.get(keyOf(location.submissionId, location.ordinal));
      if (location === undefined || group === undefined) unknown.push(report);
      else group.reports.push(this.located(report, location, group.message));
    }
    const further = await furtherOf(transaction, locked);
    const messages = Array.from(groups.values(), ({ message, reports }) => ({
      message: factsOf(message, further.get(keyOf(message.submission_id, message.ordinal))),
      reports,
    }));
    return { messages, unknown };
  }

  /** By UID where it is known, else by attempt and number. */
  private async locations(
    transaction: StatementRunner,
    reports: readonly TakenReport[],
  ): Promise<Map<string, Location>> {
    const locations = new Map<string, Location>();
    const wanted: { id: string; attemptId: string; numberHash: bigint }[] = [];
    for (const report of reports) {
      const byUid = locationByUid(report);
      if (byUid !== undefined) locations.set(report.id, byUid);
      else if (report.attempt_id !== null) {
        const numberHash = this.secrets.hashNumber(report.digits);
        wanted.push({ id: report.id, attemptId: report.attempt_id, numberHash });
      }
    }
    if (wanted.length === 0) return locations;
    for (const row of await transaction.run(LOCATE_BY_ATTEMPT, locateByAttemptParameters(wanted))) {
      const { id, attemptId } = wanted[row.position];
      const { submission_id: submissionId, ordinal } = row;
      if (ordinal !== null) locations.set(id, { by: 'attempt', submissionId, ordinal, attemptId });
    }
    return locations;
  }

  private async lock(transaction: StatementRunner, locations: Iterable<Location>): Promise<LockedMessage[]> {
    const wanted = new Map<string, MessageToLock>();
    for (const { submissionId, ordinal } of locations)
      wanted.set(keyOf(submissionId, ordinal), { submissionId, ordinal });
    if (wanted.size === 0) return [];
    return transaction.run(LOCK_MESSAGES, lockMessagesParameters([...wanted.values()]));
  }

  private located(report: TakenReport, location: Location, message: LockedMessage): LocatedReport {
    const sameNumber =
      message.digits === null
        ? String(this.secrets.hashNumber(report.digits)) === message.number_hash
        : report.digits === message.digits;
    return {
      report: {
        id: report.id,
        smsUid: report.sms_uid,
        smsState: report.sms_state,
        at: report.at,
        attemptId: report.attempt_id ?? undefined,
        foreignBody: report.foreign_body,
      },
      location,
      sameNumber,
    };
  }
}

function keyOf(submissionId: string, ordinal: number): string {
  return `${submissionId} ${ordinal}`;
}

function locationByUid(report: TakenReport): Location | undefined {
  const { uid_submission_id: submissionId, uid_ordinal: ordinal, uid_attempt_id: attemptId } = report;
  if (submissionId === null || ordinal === null || attemptId === null) return undefined;
  return { by: 'uid', submissionId, ordinal, attemptId };
}

/** Locks messages in the order of their keys, and reads what is known of them. To be called inside a transaction. */
export async function lockMessages(
  transaction: StatementRunner,
  wanted: Iterable<MessageToLock>,
): Promise<MessageFacts[]> {
  const locked = await transaction.run(LOCK_MESSAGES, lockMessagesParameters([...wanted]));
  const further = await furtherOf(transaction, locked);
  return locked.map((message) => factsOf(message, further.get(keyOf(message.submission_id, message.ordinal))));
}

/** Few messages have any. */
async function furtherOf(
  transaction: StatementRunner,
  locked: readonly LockedMessage[],
): Promise<ReadonlyMap<string, readonly FurtherAcceptance[]>> {
  const found = new Map<string, FurtherAcceptance[]>();
  const accepted = locked.filter(({ acceptances }) => acceptances > 1);
  if (accepted.length === 0) return found;
  const wanted = accepted.map(({ submission_id: submissionId, ordinal }) => ({ submissionId, ordinal }));
  for (const row of await transaction.run(FIND_ACCEPTANCES, lockMessagesParameters(wanted))) {
    const key = keyOf(row.submission_id, row.ordinal);
    const acceptance = { attemptId: row.attempt_id, smsUid: row.sms_uid, smsState: row.sms_state };
    found.set(key, [...(found.get(key) ?? []), acceptance]);
  }
  return found;
}

function factsOf(row: LockedMessage, further: readonly FurtherAcceptance[] = []): MessageFacts {
  return {
    submissionId: row.submission_id,
    ordinal: row.ordinal,
    appId: row.app_id,
    routeId: row.route_id,
    priceId: row.price_id,
    segments: row.segments,
    status: row.status,
    acceptances: row.acceptances,
    smsState: row.sms_state,
    smsUid: row.sms_uid,
    uidAttemptId: row.attempt_id,
    further,
    dueAt: row.due_at,
    deliveryMs: row.delivery_ms,
  };
}
