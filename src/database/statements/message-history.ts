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

/** Attempts are made after their submission, by the real clock, which both ids carry. */
const ATTEMPTS = statement<AttemptRow>(
  'message_attempts',
  `select claimed_at, ended_at, outcome from attempt
   where id > $1 and submission_id = $1 and first_ordinal between $2 - 10000 and $2 and $2 = any(members)
   order by id limit 1000`,
);

const REPORTS = statement<AppliedReportRow>(
  'message_reports',
  `select coalesce(report.reported_at, report.received_at) as at, report.received_at, report.sms_state
   from report
   left join report_alarm on report_alarm.report_id = report.id
   left join report_queue on report_queue.report_id = report.id
   where report.id > $1 and report.sms_uid = $2 and report_alarm.report_id is null and report_queue.report_id is null
   order by report.id limit 1000`,
);

/** The attempts of a message that have ended, oldest first. */
export function attemptsOf(
  runner: StatementRunner,
  key: { readonly submissionId: string; readonly ordinal: number },
): Promise<AttemptRow[]> {
  return runner.run(ATTEMPTS, [key.submissionId, key.ordinal]);
}

/** The reports of a UID that were applied, in the order of their arrival; those of a forged or foreign one are not. */
export function reportsOf(runner: StatementRunner, submissionId: string, smsUid: string): Promise<AppliedReportRow[]> {
  return runner.run(REPORTS, [submissionId, smsUid]);
}
