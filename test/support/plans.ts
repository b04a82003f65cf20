import { Client } from 'pg';

import type { StatementRunner } from '../../src/database/database.js';
import type { Statement } from '../../src/database/statement.js';

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Index Name'?: string;
  readonly 'Index Cond'?: string;
  readonly 'Relation Name'?: string;
  readonly Plans?: readonly PlanNode[];
}

/** One look at a table in a plan. */
export interface Look {
  readonly table: string;
  /** Empty for a whole scan. */
  readonly index: string;
  /** Whether the index is entered by a value of its leading column. */
  readonly isNarrow: boolean;
}

const SETTINGS = ['enable_seqscan', 'enable_hashjoin', 'enable_mergejoin', 'jit'];

/**
 * Plans statements instead of running them, as the hot paths' connections do, on tables that were empty when they were last
 * vacuumed: the worst that a plan can be made on (docs/decisions/0007). Partitions only grow: autovacuum, which comes after
 * changes, never finds one empty, so they are as they were made.
 */
export class Planner implements StatementRunner {
  private readonly looked: Look[] = [];

  private constructor(private readonly client: Client) {}

  static async connect(url: string): Promise<Planner> {
    const client = new Client({ connectionString: url });
    await client.connect();
    const { rows } = await client.query<{ name: string }>(
      `select oid::regclass::text as name from pg_class
       where relkind = 'r' and not relispartition and relnamespace = 'public'::regnamespace`,
    );
    for (const { name } of rows) await client.query(`vacuum analyze ${name}`);
    for (const setting of SETTINGS) await client.query(`set ${setting} = off`);
    await client.query('set plan_cache_mode = force_generic_plan');
    return new Planner(client);
  }

  close(): Promise<void> {
    return this.client.end();
  }

  /** Every look at a table since the last call. */
  looks(): Look[] {
    return this.looked.splice(0);
  }

  async run<Row extends object>({ text }: Statement<Row>, parameters: readonly unknown[]): Promise<Row[]> {
    await this.client.query(`prepare planned as ${text}`);
    const nulls = parameters.length === 0 ? '' : `(${parameters.map(() => 'null').join(', ')})`;
    const { rows } = await this.client.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
      `explain (format json) execute planned${nulls}`,
    );
    await this.client.query('deallocate planned');
    for (const node of nodesOf(rows[0]['QUERY PLAN'][0].Plan)) await this.look(node);
    return [];
  }

  private async look(node: PlanNode): Promise<void> {
    const { 'Node Type': type, 'Index Name': index = '', 'Index Cond': condition, 'Relation Name': table = '' } = node;
    if (type === 'Seq Scan') this.looked.push({ table, index: '', isNarrow: false });
    if (index === '') return;
    const { rows } = await this.client.query<{ name: string }>(
      'select attname as name from pg_attribute where attrelid = $1::regclass and attnum = 1',
      [index],
    );
    const isNarrow = condition?.includes(`(${rows[0].name} `) === true;
    this.looked.push({ table: withoutPeriod(table), index: withoutPeriod(index), isNarrow });
  }
}

const nodesOf = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];

/** Names of partitions and of their indexes carry the week or day. */
const withoutPeriod = (name: string): string => name.replaceAll(/_\d{6,}(?=_|$)/g, '');
