import { escapeLiteral } from 'pg';

import { Database, Transaction } from '../../src/database/database.js';
import { type Statement, statement } from '../../src/database/statement.js';

interface PlanNode {
  readonly 'Index Name'?: string;
  readonly 'Index Cond'?: string;
  readonly 'Subplan Name'?: string;
  readonly 'Shared Hit Blocks': number;
  readonly 'Shared Read Blocks': number;
  readonly Plans?: readonly PlanNode[];
}

const METERED = 'metered';

/**
 * A database that notes how many pages (buffers, hit or read) each statement touches, under the plan that the program's own
 * connections make of it: each is explained as it runs, undone, and run.
 */
export class MeteredDatabase extends Database {
  /** Looks at messages that do not name the one that is meant, by statement: what lies between two ids may be all of a day. */
  readonly ranges = new Set<string>();
  private serial = 0;
  /** Of each statement by name, since `take`. */
  private readonly pages = new Map<string, number[]>();

  constructor(url: string) {
    super({ url, connections: 2, name: 'metered' });
  }

  /** Pages that each statement has touched since the last time: of several runs the least, which had least to look for. */
  take(): Record<string, number> {
    const least = [...this.pages].map(([name, pages]) => [name, Math.min(...pages)] as const);
    this.pages.clear();
    return Object.fromEntries(least);
  }

  override run<Row extends object>(statement: Statement<Row>, parameters: readonly unknown[]): Promise<Row[]> {
    return this.transaction((transaction) => transaction.run(statement, parameters));
  }

  override transaction<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    return super.transaction((transaction) => work(new MeteredTransaction(transaction, (run) => this.meter(run))));
  }

  private async meter({ transaction, statement: { name, text }, parameters }: MeteredRun): Promise<void> {
    const literals = parameters.map(literalOf).join(', ');
    const plain = <Row>(text: string) => transaction.run(statement<Row & object>(`meter_${++this.serial}`, text), []);
    await plain(`savepoint ${METERED}`);
    await plain(`prepare ${METERED} as ${text}`);
    const [row] = await plain<{ 'QUERY PLAN': { Plan: PlanNode }[] }>(
      `explain (analyze, buffers, timing off, format json) execute ${METERED}${literals === '' ? '' : `(${literals})`}`,
    );
    await plain(`rollback to savepoint ${METERED}`);
    await plain(`deallocate ${METERED}`);
    const [plan] = row?.['QUERY PLAN'] ?? [];
    if (plan === undefined) throw new Error('no plan');
    if (rangesOf(plan.Plan)) this.ranges.add(name);
    this.pages.set(name, [...(this.pages.get(name) ?? []), pagesOf(plan.Plan)]);
  }
}

interface MeteredRun {
  readonly transaction: Transaction;
  readonly statement: Statement<object>;
  readonly parameters: readonly unknown[];
}

class MeteredTransaction extends Transaction {
  constructor(
    private readonly inner: Transaction,
    private readonly meter: (run: MeteredRun) => Promise<void>,
  ) {
    // Everything goes through `inner`: there is no client of our own.
    super(undefined as never);
  }

  override async run<Row extends object>(statement: Statement<Row>, parameters: readonly unknown[]): Promise<Row[]> {
    await this.meter({ transaction: this.inner, statement, parameters });
    return this.inner.run(statement, parameters);
  }
}

function literalOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Buffer.isBuffer(value)) return `'\\x${value.toString('hex')}'`;
  if (value instanceof Date) return escapeLiteral(value.toISOString());
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean')
    throw new TypeError('a parameter that can not be written as text');
  return escapeLiteral(String(value));
}

function rangesOf({ 'Index Name': index = '', 'Index Cond': condition = '', Plans: plans = [] }: PlanNode): boolean {
  return (/^message_\d+_pkey$/.test(index) && !condition.includes('submission_id = ')) || plans.some(rangesOf);
}

/** The top of a plan counts what is under it, but not the parts of a statement that change data beside it. */
function pagesOf(plan: PlanNode): number {
  const parts = [plan, ...subplansOf(plan)];
  return parts.reduce((sum, part) => sum + part['Shared Hit Blocks'] + part['Shared Read Blocks'], 0);
}

function subplansOf({ Plans: plans = [] }: PlanNode): PlanNode[] {
  return plans.flatMap((plan) => [...(plan['Subplan Name']?.startsWith('CTE') ? [plan] : []), ...subplansOf(plan)]);
}
