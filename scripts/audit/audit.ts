import { Client } from 'pg';

import { CAP_CHECKS } from './cap-checks.js';
import type { AuditResult, Check, CheckResult, Finding } from './check.js';
import type { StatementRow } from './evidence.js';
import { EVIDENCE_CHECKS } from './evidence-checks.js';
import { COMPARE_SUBMISSIONS, LEDGER_CHECKS } from './ledger-checks.js';
import { readPlatform } from './platform-books.js';
import { STATEMENT_CHECKS } from './statement-checks.js';
import { EvidenceStore } from './store.js';

/** What an audit is given. */
export interface AuditOptions {
  /** The gateway's database. */
  readonly gateway: string;
  /** The platform's own database and the account of the gateway in it. */
  readonly platform?: { readonly url: string; readonly account: string };
  /** CSV files of the platform's statement, one a month. */
  readonly statements?: readonly string[];
  /** Rows of it that the caller has at hand. */
  readonly statementRows?: readonly StatementRow[];
  /** Files or directories of 202 bodies; and bodies at hand. */
  readonly accepted?: readonly string[];
  readonly acceptedTexts?: readonly string[];
  /** Files or directories of ANSWERs; and ANSWERs at hand. */
  readonly answers?: readonly string[];
  readonly answerTexts?: readonly string[];
  /** The statements hold all that was ever accepted: what they lack is missing there, and totals must agree. */
  readonly complete?: boolean;
  /** Findings shown of each check, at the most; all are counted. */
  readonly limit?: number;
}

/** All weeks of messages that are left begin with this id, and at this time. */
const HORIZON = `
  insert into audit_horizon
  select coalesce(min(low), '00000000-0000-0000-0000-000000000000')::uuid,
    coalesce(to_timestamp(('x' || lpad(left(replace(min(low), '-', ''), 12), 16, '0'))::bit(64)::bigint / 1000.0), '-infinity'),
    $1
  from (
    select substring(pg_get_expr(child.relpartbound, child.oid) from '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}') as low
    from pg_inherits join pg_class child on child.oid = inhrelid
    where inhparent = 'message'::regclass) week
  where exists (select from aggregate_recount where stage = 'sealed')`;

/**
 * Holds the ledger against the messages, and both against what others have kept, all as of one moment: the gateway may go on
 * working. Nothing is written but to tables of the session. What needs sorting is sorted by PostgreSQL, on disk where it is
 * much.
 */
export async function runAudit(options: AuditOptions): Promise<AuditResult> {
  const client = new Client({
    connectionString: options.gateway,
    application_name: 'cloudsms audit',
    options: '-c timezone=UTC -c statement_timeout=0 -c jit=off',
  });
  // A connection that breaks is told by the next query; without a listener it would end the process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    const store = new EvidenceStore(client);
    await store.prepare();
    const platform = await collect(options, store);
    await store.finish();
    await client.query('begin transaction isolation level repeatable read, read only');
    await client.query(HORIZON, [options.complete === true]);
    await client.query(COMPARE_SUBMISSIONS);
    const { rows } = await client.query<{ at: Date }>('select now() as at');
    const checks: CheckResult[] = [];
    for (const check of checksFor(options)) checks.push(await run(client, check, options.limit ?? 100));
    checks.push(...platform, ...unreadable(store));
    const at = rows[0]?.at.toISOString() ?? '';
    return { clean: checks.every(({ found }) => found === 0), at, checks };
  } finally {
    await client.end();
  }
}

/** Reads the evidence. The platform comes first: what it has debited until then, the gateway knows or is about to. */
async function collect(options: AuditOptions, store: EvidenceStore): Promise<CheckResult[]> {
  const results = options.platform ? [await readPlatform(options.platform.url, options.platform.account, store)] : [];
  for (const file of options.statements ?? []) await store.readStatement(file);
  const rows = options.statementRows ?? [];
  await store.addStatement(rows.map((value, index) => ({ where: `row ${index + 1}`, value })));
  for (const place of options.accepted ?? []) await store.readAccepted(place);
  await store.addAcceptedTexts(options.acceptedTexts ?? []);
  for (const place of options.answers ?? []) await store.readAnswers(place);
  await store.addAnswerTexts(options.answerTexts ?? []);
  return results;
}

function checksFor(options: AuditOptions): Check[] {
  const has = {
    statement:
      options.platform !== undefined || options.statements !== undefined || options.statementRows !== undefined,
    accepted: options.accepted !== undefined || options.acceptedTexts !== undefined,
    answers: options.answers !== undefined || options.answerTexts !== undefined,
  };
  return [
    ...LEDGER_CHECKS,
    ...STATEMENT_CHECKS,
    ...CAP_CHECKS,
    ...(has.statement ? EVIDENCE_CHECKS.statement : []),
    ...(has.accepted ? EVIDENCE_CHECKS.accepted : []),
    ...(has.answers ? EVIDENCE_CHECKS.answers : []),
  ];
}

async function run(client: Client, { name, says, looksAt, finds }: Check, limit: number): Promise<CheckResult> {
  const counted = await client.query<{ count: string | number }>(looksAt);
  const { rows } = await client.query<Record<string, unknown> & { findings: string }>(
    `select (count(*) over ())::text as findings, found.* from (${finds}) found limit $1`,
    [limit],
  );
  return {
    name,
    says,
    lookedAt: Number(counted.rows[0]?.count ?? 0),
    found: Number(rows[0]?.findings ?? 0),
    findings: rows.map(printable),
  };
}

function printable(row: Readonly<Record<string, unknown>>): Finding {
  const shown = (value: unknown): string | number | null => {
    if (typeof value === 'number' || value === null) return value;
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    // 0.35000000 is 0.35.
    return /^-?\d+\.\d+$/.test(text) ? text.replace(/\.?0+$/, '') : text;
  };
  return Object.fromEntries(
    Object.entries(row)
      .filter(([name]) => name !== 'findings')
      .map(([name, value]) => [name, shown(value)]),
  );
}

function unreadable(store: EvidenceStore): CheckResult[] {
  if (store.unreadable.length === 0) return [];
  return [
    {
      name: 'evidence',
      says: 'what was kept can be read',
      lookedAt: store.unreadable.length,
      found: store.unreadable.length,
      findings: store.unreadable.slice(0, 100).map(({ where, why }) => ({ where, why })),
    },
  ];
}
