import { tableLines } from '../demo/table.js';
import type { AuditResult, Finding } from './check.js';

/** An audit as a person reads it: a line a check, then what was found. */
export function auditLines({ at, checks, clean }: AuditResult): string[] {
  const table = tableLines(
    [
      { title: 'check', align: 'left' },
      { title: 'looked at', align: 'right' },
      { title: 'found', align: 'right' },
      { title: 'what must hold', align: 'left' },
    ],
    checks.map(({ name, lookedAt, found, says }) =>
      [name, String(lookedAt), String(found), says].map((text) => ({ text })),
    ),
    (text) => text,
  );
  const findings = checks.flatMap(({ name, found, findings }) => {
    if (found === 0) return [];
    const rest = found - findings.length;
    return [
      '',
      `${name}: ${found}`,
      ...findings.map((finding) => `  ${findingLine(finding)}`),
      ...(rest > 0 ? [`  and ${rest} more`] : []),
    ];
  });
  const verdict = clean ? 'Nothing was found.' : `${checks.filter(({ found }) => found > 0).length} checks failed.`;
  return [`The books as of ${at}`, '', ...table, ...findings, '', verdict];
}

function findingLine(finding: Finding): string {
  return Object.entries(finding)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}: ${value}`)
    .join('; ');
}
