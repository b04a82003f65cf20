import type { AuditEntry } from '../../apps/audit-entry.entity.js';
import type { StatementRunner } from '../database.js';
import { statement } from '../statement.js';

const APPEND = statement<object>(
  'append_audit',
  `insert into audit_entry (id, at, app_id, key_id, request_id, action, object, object_id, before, after)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
);

/** Appends an entry to the audit trail, in the transaction of the change that it is about. */
export async function appendAudit(runner: StatementRunner, entry: AuditEntry): Promise<void> {
  const { id, at, appId, keyId, requestId, action, object, objectId, before, after } = entry;
  const json = (value: object | null) => (value === null ? null : JSON.stringify(value));
  await runner.run(APPEND, [id, at, appId, keyId, requestId, action, object, objectId, json(before), json(after)]);
}
