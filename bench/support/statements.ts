import type { Client } from 'pg';

const LONGEST = 20;
const WIDTH = 100;

interface StatementCost {
  readonly query: string;
  readonly calls: number;
  readonly rows: number;
  /** Milliseconds, all calls together. */
  readonly total: number;
  readonly planning: number;
  /** Blocks that were looked at, and bytes of WAL, a call. */
  readonly blocks: number;
  readonly wal: number;
}

/** Forgets what statements have cost so far. */
export async function resetStatements(client: Client): Promise<void> {
  await client.query('create extension if not exists pg_stat_statements');
  await client.query('select pg_stat_statements_reset()');
}

/** What statements have cost since `resetStatements`, the dearest first, as text. */
export async function readStatements(client: Client): Promise<string> {
  const { rows } = await client.query<StatementCost>(
    `select query, calls::float8, rows::float8, total_exec_time as total, total_plan_time as planning,
       (shared_blks_hit + shared_blks_read)::float8 / calls as blocks, wal_bytes::float8 / calls as wal
     from pg_stat_statements where calls > 0 order by total_exec_time desc limit ${LONGEST}`,
  );
  const head = '  total ms     calls   ms a call  planning ms      rows  blocks a call  WAL kB a call  statement';
  const cell = (value: number, width: number, digits = 0): string => value.toFixed(digits).padStart(width);
  const lines = rows.map(
    ({ query, calls, rows: count, total, planning, blocks, wal }) =>
      cell(total, 10) +
      cell(calls, 10) +
      cell(total / calls, 12, 2) +
      cell(planning, 13) +
      cell(count, 10) +
      cell(blocks, 15) +
      cell(wal / 1000, 15, 1) +
      `  ${query.replaceAll(/\s+/g, ' ').slice(0, WIDTH)}`,
  );
  return [head, ...lines, ''].join('\n');
}
