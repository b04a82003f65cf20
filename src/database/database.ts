import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Pool, type PoolClient, type QueryConfig, types } from 'pg';

import { DatabaseUnavailableError, translateStatementError, translateUncommitted } from './database-error.js';
import type { Statement } from './statement.js';

/**
 * Plans are pinned because fresh statistics are not there when a table doubles every minute, and the join that was right
 * for a thousand rows is ruinous for a million (performance.md, rule 6). Every wait is bounded: a stopped process must not
 * hold others up for longer.
 */
const SESSION_SETTINGS = [
  'enable_seqscan=off',
  'enable_hashjoin=off',
  'enable_mergejoin=off',
  'jit=off',
  'plan_cache_mode=force_generic_plan',
  'lock_timeout=2000',
  'statement_timeout=5000',
  'idle_in_transaction_session_timeout=5000',
  'timezone=UTC',
];

// int8 (identity columns, counts) fits a double in this schema: identities count packets, not nanoseconds.
const INT8 = 20;
// timestamptz arrives as ISO text with an offset; Date keeps milliseconds, which is what the edge shows.
types.setTypeParser(INT8, Number);

export interface DatabaseOptions {
  readonly url: string;
  /** Connections at the most; further callers wait for one. */
  readonly connections: number;
  /** Shown in pg_stat_activity. */
  readonly name: string;
}

/** What can run statements: the database (each its own transaction) or one open transaction. */
export interface StatementRunner {
  run<Row extends object>(statement: Statement<Row>, parameters: readonly unknown[]): Promise<Row[]>;
}

/** Statements inside one transaction. Not usable after the transaction's end. */
export class Transaction implements StatementRunner {
  constructor(private readonly client: PoolClient) {}

  /** @throws DatabaseUnavailableError */
  async run<Row extends object>(statement: Statement<Row>, parameters: readonly unknown[]): Promise<Row[]> {
    const result = await this.client.query<Row>(queryOf(statement, parameters)).catch(as(translateUncommitted));
    return result.rows;
  }
}

/**
 * The hot paths' way to PostgreSQL: prepared statements on a bounded pool of connections with pinned plans. Entities and
 * migrations go through TypeORM instead.
 */
@Injectable()
export class Database implements StatementRunner, OnApplicationShutdown {
  private readonly pool: Pool;

  constructor(readonly options: DatabaseOptions) {
    this.pool = new Pool({
      connectionString: options.url,
      max: options.connections,
      application_name: options.name,
      options: SESSION_SETTINGS.map((setting) => `-c ${setting}`).join(' '),
      connectionTimeoutMillis: 10_000,
      // A plan made while a partition was empty must not live long; a connection that waits for the next burst keeps its plans.
      maxLifetimeSeconds: 600,
      idleTimeoutMillis: 0,
      keepAlive: true,
    });
    // An idle connection that breaks is replaced at the next use; without a listener it would end the process.
    this.pool.on('error', () => undefined);
    // So would one that breaks while it is lent out and no statement is under way on it; the next statement fails then.
    this.pool.on('connect', (client) => client.on('error', () => undefined));
  }

  /**
   * Runs one statement as a transaction of its own.
   * @throws DatabaseUnavailableError nothing was committed
   * @throws OutcomeUnknownError the connection broke: committed or not
   */
  async run<Row extends object>(statement: Statement<Row>, parameters: readonly unknown[]): Promise<Row[]> {
    const client = await this.connect();
    try {
      const result = await client.query<Row>(queryOf(statement, parameters));
      client.release();
      return result.rows;
    } catch (error) {
      const translated = translateStatementError(error);
      client.release(translated !== error && error instanceof Error ? error : undefined);
      throw translated;
    }
  }

  /**
   * Runs several statements in one transaction; what `work` throws rolls it back.
   * @throws DatabaseUnavailableError nothing was committed
   * @throws OutcomeUnknownError the connection broke while it committed: committed or not
   */
  async transaction<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    const client = await this.connect();
    try {
      await client.query('begin').catch(as(translateUncommitted));
      const result = await work(new Transaction(client));
      await client.query('commit').catch(as(translateStatementError));
      client.release();
      return result;
    } catch (error) {
      await this.abandon(client);
      throw error;
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.close();
  }

  /** Closes the pool once its statements are done. Safe to call twice. */
  async close(): Promise<void> {
    if (!this.pool.ended && !this.pool.ending) await this.pool.end();
  }

  private async connect(): Promise<PoolClient> {
    try {
      return await this.pool.connect();
    } catch (error) {
      throw new DatabaseUnavailableError(error);
    }
  }

  private async abandon(client: PoolClient): Promise<void> {
    try {
      await client.query('rollback');
      client.release();
    } catch (error) {
      client.release(error instanceof Error ? error : true);
    }
  }
}

/** A handler of rejections that throws the translation. */
const as =
  (translate: (error: unknown) => unknown) =>
  (error: unknown): never => {
    throw translate(error);
  };

function queryOf({ name, text }: Statement<object>, parameters: readonly unknown[]): QueryConfig {
  return { name, text, values: [...parameters] };
}
