import { randomBytes } from 'node:crypto';
import type { EntityManager } from 'typeorm';

import type { StatementRunner } from '../database/database.js';
import { appendAudit } from '../database/statements/append-audit.js';
import { UUID_RANDOM_BYTES, uuidv7 } from '../uuid.js';
import { AuditEntry } from './audit-entry.entity.js';
import type { Caller } from './caller.js';

/** What was changed, for the audit trail. Neither side may hold a secret, a number or a text of a message. */
export interface AuditedChange {
  /** Object and verb: `app.created`, `key.revoked`. */
  readonly action: `${string}.${string}`;
  /** Id or name of the object; its kind is the action's first word. */
  readonly id: string | number;
  /** The object as the API shows it; absent: it was not there. */
  readonly before?: object;
  /** Absent: it is gone. */
  readonly after?: object;
}

/**
 * Makes the audit entry of a change.
 * @param by who made it; undefined: the command line
 * @param at business time, milliseconds
 */
export function auditEntryOf(by: Caller | undefined, change: AuditedChange, at: number): AuditEntry {
  const [object = ''] = change.action.split('.', 1);
  return Object.assign(new AuditEntry(), {
    id: uuidv7(Date.now(), randomBytes(UUID_RANDOM_BYTES)),
    at: new Date(at),
    appId: by?.appId ?? null,
    keyId: by?.keyId ?? null,
    requestId: by?.requestId ?? null,
    action: change.action,
    object,
    objectId: String(change.id),
    before: change.before ?? null,
    after: change.after ?? null,
  });
}

/** Appends to the audit trail in a transaction of TypeORM's: the one that makes the change. */
export async function audit(manager: EntityManager, entry: AuditEntry): Promise<void> {
  await manager.insert(AuditEntry, entry);
}

/** Appends to the audit trail where the change is a hand-written statement: in its transaction. */
export async function auditStatement(runner: StatementRunner, entry: AuditEntry): Promise<void> {
  await appendAudit(runner, entry);
}
