import type { StatementRunner } from '../database.js';
import { nullableArray, plainArray, statement, textArray } from '../statement.js';

/** A row of a statement as it is stored; the number as hash and masked. */
export interface StagedRow {
  readonly line: number;
  readonly smsUid: string;
  /** Milliseconds. */
  readonly acceptedAt: number;
  readonly countryCode: number | undefined;
  readonly numberHash: bigint | undefined;
  readonly maskedNumber: string | undefined;
  readonly segments: number | undefined;
  /** Decimal texts. */
  readonly unitPrice: string | undefined;
  readonly amount: string;
  readonly currency: string;
  readonly state: number | undefined;
}

/** What is known of a statement before its first row. */
export interface NewStatement {
  readonly id: string;
  readonly uploadedAt: Date;
  readonly name: string;
  /** Null: our platform's format. */
  readonly mapping: string | null;
  readonly listsUnbilled: boolean;
  readonly routeId: number | null;
}

/** What is known of a statement after its last row. */
export interface SealedStatement {
  readonly id: string;
  readonly period: string;
  readonly digest: Buffer;
  readonly bytes: number;
  readonly rows: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
  /** By currency: decimal text. */
  readonly totals: Readonly<Record<string, { readonly rows: number; readonly amount: string }>>;
}

const BEGIN = statement<object>(
  'statement_begin',
  `insert into provider_statement (id, uploaded_at, state, name, mapping, lists_unbilled, route_id)
   values ($1, $2, 'loading', $3, $4, $5, $6)`,
);

const STAGE = statement<object>(
  'statement_stage',
  `with touched as (update provider_statement set touched_at = now() where id = $1)
   insert into provider_statement_row (statement_id, line, sms_uid, accepted_at, country_code, number_hash, number, segments,
     unit_price, amount, currency, state)
   select $1, line, sms_uid, to_timestamp(accepted_at / 1000), country_code, number_hash, number, segments, unit_price, amount,
     currency, state
   from unnest($2::integer[], $3::text[], $4::float8[], $5::integer[], $6::bigint[], $7::text[], $8::integer[], $9::numeric[],
     $10::numeric[], $11::text[], $12::integer[])
     as row (line, sms_uid, accepted_at, country_code, number_hash, number, segments, unit_price, amount, currency, state)`,
);

const DROP_ROWS = statement<{ gone: number }>(
  'statement_drop_rows',
  `with gone as (
     delete from provider_statement_row where statement_id = $1 and line <= (
       select max(line) from (select line from provider_statement_row where statement_id = $1 order by line limit $2) first)
       and exists (select from provider_statement where id = $1 and state = 'loading')
     returning 1)
   select count(*)::integer as gone from gone`,
);

const DROP = statement<object>('statement_drop', `delete from provider_statement where id = $1 and state = 'loading'`);

const ABANDONED = statement<{ id: string }>(
  'statement_abandoned',
  `select id from provider_statement where state = 'loading' and touched_at < now() - interval '15 minutes' limit 10`,
);

/** Notes that a statement begins to come in. */
export async function beginStatement(runner: StatementRunner, of: NewStatement): Promise<void> {
  await runner.run(BEGIN, [of.id, of.uploadedAt, of.name, of.mapping, of.listsUnbilled, of.routeId]);
}

/** Stores rows of a statement that comes in. */
export async function stageRows(runner: StatementRunner, id: string, rows: readonly StagedRow[]): Promise<void> {
  await runner.run(STAGE, [
    id,
    plainArray(rows.map(({ line }) => line)),
    textArray(rows.map(({ smsUid }) => smsUid)),
    plainArray(rows.map(({ acceptedAt }) => acceptedAt)),
    nullableArray(rows.map(({ countryCode }) => countryCode)),
    nullableArray(rows.map(({ numberHash }) => numberHash)),
    textArray(rows.map(({ maskedNumber }) => maskedNumber)),
    nullableArray(rows.map(({ segments }) => segments)),
    nullableArray(rows.map(({ unitPrice }) => unitPrice)),
    plainArray(rows.map(({ amount }) => amount)),
    plainArray(rows.map(({ currency }) => currency)),
    nullableArray(rows.map(({ state }) => state)),
  ]);
}

/** Rows that are removed in one transaction. */
const DROPPED = 20_000;

/** Removes a statement that did not come in whole, or came before: some rows at a time. */
export async function dropStatement(runner: StatementRunner, id: string): Promise<void> {
  for (;;) {
    const [row] = await runner.run(DROP_ROWS, [id, DROPPED]);
    if ((row?.gone ?? 0) === 0) break;
  }
  await runner.run(DROP, [id]);
}

/** Statements that began to come in and of which nothing came for a quarter of an hour. */
export async function abandonedStatements(runner: StatementRunner): Promise<string[]> {
  return (await runner.run(ABANDONED, [])).map(({ id }) => id);
}
