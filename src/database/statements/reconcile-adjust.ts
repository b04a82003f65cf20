import { statement } from '../statement.js';
import { rowOfLine } from './provider-statement-row.js';

/** A proposal that is decided on; its row is locked. */
export interface ProposalRow {
  id: number;
  submission_id: string;
  ordinal: number;
  attempt_id: string;
  sms_uid: string;
  /** SMS_STATE that the bill names; null: none. */
  state: number | null;
}

/**
 * Locks open proposals of a run ($1): those named ($2; null: all) or of a cause ($3; null: all), $4 at the most, by id. What another
 * decision has locked is waited for, and then is open no more.
 */
export const LOCK_PROPOSALS = statement<ProposalRow>(
  'reconcile_lock_proposals',
  `select d.id, d.submission_id, d.ordinal, d.attempt_id, b.sms_uid, b.state
   from reconciliation_difference d
   join reconciliation_run r on r.id = d.run_id and r.state = 'done'
   cross join lateral ${rowOfLine('r.statement_id', 'd.line')} b
   where d.run_id = $1 and d.proposal is not null and d.decision is null
     and ($2::bigint[] is null or d.id = any ($2)) and ($3::text is null or d.cause = $3)
   order by d.id limit $4
   for update of d`,
);

/** Notes a decision ($2) on proposals ($1), by a key ($3), at a time ($4); $5: which of them changed something. */
export const DECIDE_PROPOSALS = statement<{ id: number }>(
  'reconcile_decide_proposals',
  `with decided as (
     update reconciliation_difference set decision = $2, decided_by = $3, decided_at = $4, effective = id = any ($5::bigint[])
     where id = any ($1::bigint[]) and decision is null returning id)
   select id from decided`,
);
