import { Injectable } from '@nestjs/common';

import { Database, type StatementRunner } from '../database/database.js';
import { READ_OUTBOX, READ_SEQUENCE, type OutboxRow, type SequenceRow } from '../database/statements/outbox-read.js';
import { type FoldedChanges, type NumberedChange, unfold } from './domain/changes.js';

/** Where the numbers of an app stand. */
export interface Sequence {
  /** Number of the newest event; 0 before the first. */
  readonly last: number;
  /** Events up to this one are beyond their retention and gone. */
  readonly dropped: number;
}

/** Reads what has been numbered: what was committed, each app's in one order that never changes and has no gaps. */
@Injectable()
export class EventLog {
  constructor(private readonly database: Database) {}

  async sequence(appId: number): Promise<Sequence> {
    const [row] = await this.database.run<SequenceRow>(READ_SEQUENCE, [appId]);
    return row ?? { last: 0, dropped: 0 };
  }

  /** The changes of an app after a number, oldest first, `limit` at the most. */
  after(appId: number, sequence: number, limit: number): Promise<readonly NumberedChange[]> {
    return readChanges(this.database, appId, sequence, limit);
  }
}

/** As `EventLog.after`, inside a transaction. */
export async function readChanges(
  runner: StatementRunner,
  appId: number,
  sequence: number,
  limit: number,
): Promise<readonly NumberedChange[]> {
  const changes: NumberedChange[] = [];
  for (const row of await runner.run(READ_OUTBOX, [appId, sequence, limit])) {
    changes.push(...unfold(foldedOf(row), sequence, limit - changes.length));
  }
  return changes;
}

function foldedOf(row: OutboxRow): FoldedChanges {
  return {
    lastSequence: row.last_sequence,
    size: row.size,
    submissionIds: row.submission_ids,
    ordinals: row.ordinals,
    statuses: row.statuses,
    times: row.times.map((time) => time.getTime()),
    previous: row.previous,
    smsStates: row.sms_states,
    reasons: row.reasons,
  };
}
