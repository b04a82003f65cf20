import { type AuditOptions, runAudit } from '../../scripts/audit/audit.js';
import type { AuditResult } from '../../scripts/audit/check.js';

/** What an audit found wrong: a line a finding, that says which rows; none when the books are in order. */
export function auditFaults({ checks }: AuditResult): string[] {
  return checks.flatMap(({ name, findings }) => findings.map((finding) => `${name}: ${JSON.stringify(finding)}`));
}

/**
 * Audits the books of a gateway (`npm run audit`): for the end of every scenario that sends.
 * @throws Error that lists what was found
 */
export async function assertCleanBooks(options: AuditOptions): Promise<void> {
  const faults = auditFaults(await runAudit({ ...options, limit: 20 }));
  if (faults.length > 0) throw new Error(`the auditor found:\n${faults.join('\n')}`);
}
