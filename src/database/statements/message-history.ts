import type { StatementRunner } from '../database.js';
import { statement } from '../statement.js';

/** An attempt to send a message that has ended. */
export interface AttemptRow {
  claimed_at: Date;
  ended_at: Date;
  /** Code, as in settle.ts. */
  outcome: number;
}

/** A report that was applied to a message. */
export interface AppliedReportRow {
  /** When the platform learned the state, else when it was received. */
  at: Date;
  received_at: Date;
  sms_state: number;
}

// Sorted outside: otherwise a plan might walk the key in its order, past everybody else's rows.
const ATTEMPTS = statement<AttemptRow>(
  'message_attempts',
  `select claimed_at, ended_at, outcome
   from (
     select id, claimed_at, ended_at, outcome from attempt
     where submission_id = $1 and first_ordinal between $2 - 10000 and $2 and $2 = any(members)
     offset 0) made
   order by id limit 1000`,
);

const REPORTS = statement<AppliedReportRow>(
  'message_reports',
  `select coalesce(received.reported_at, received.received_at) as at, received.received_at, received.sms_state
   from (select id, reported_at, received_at, sms_state from report where sms_uid = $1 offset 0) received
   where (select count(*) from report_alarm where report_alarm.report_id = received.id) = 0
     and (select count(*) from report_queue where report_queue.report_id = received.id) = 0
   order by received.id limit 1000`,
);

/** The attempts of a message that have ended, oldest first. */
export function attemptsOf(
  runner: StatementRunner,
  key: { readonly submissionId: string; readonly ordinal: number },
): Promise<AttemptRow[]> {
  return runner.run(ATTEMPTS, [key.submissionId, key.ordinal]);
}

/** The reports of a UID that were applied, in the order of their arrival; those of a forged or foreign one are not. */
export function reportsOf(runner: StatementRunner, smsUid: string): Promise<AppliedReportRow[]> {
  return runner.run(REPORTS, [smsUid]);
}
