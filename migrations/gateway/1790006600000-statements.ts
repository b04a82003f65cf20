import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Usage and statements, kept up from the ledger's entries (docs/decisions/0067-usage-and-statements.md). What was spent is noted by a
 * trigger when it is entered, and rolled up by a loop of the worker.
 *
 * Months are of UTC+8, as the provider's are, and named by their first day.
 */
export class Statements1790006600000 implements MigrationInterface {
  name = 'Statements1790006600000';

  async up(runner: QueryRunner): Promise<void> {
    for (const sql of [...ROLLUP, ...CLOSED]) await runner.query(sql);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop trigger ledger_noted on ledger_entry');
    await runner.query('drop function note_ledger_entries, billing_month');
    await runner.query(`drop table billing_statement_line, billing_statement_total, billing_statement,
      billing_closed_month, billing_line, usage_bucket, ledger_news`);
  }
}

const ROLLUP = [
  // Entries that were not rolled up yet: each stands here from its own transaction until that of its rolling up. No index.
  `create table ledger_news (entry_id uuid not null)
     with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000)`,
  `create function note_ledger_entries() returns trigger language plpgsql as $$
     begin
       insert into ledger_news (entry_id) select id from new_rows where 'spent' in (from_account, to_account);
       return null;
     end $$`,
  `create trigger ledger_noted after insert on ledger_entry referencing new table as new_rows
     for each statement execute function note_ledger_entries()`,
  // A database that has entries already rolls them all up.
  `insert into ledger_news (entry_id) select id from ledger_entry where 'spent' in (from_account, to_account)`,
  `create function billing_month(at timestamptz) returns date language sql immutable parallel safe as
     $$ select date_trunc('month', at at time zone interval '8 hours')::date $$`,
  // By the time of entry. tier: as in src/clock/domain/bucket-period.ts. route_id 0: not known any more.
  `create table usage_bucket (
     start timestamptz not null,
     app_id integer not null,
     price_id integer not null,
     tier smallint not null,
     route_id smallint not null,
     segments bigint not null,
     amount numeric(28,8) not null,
     primary key (tier, app_id, start, route_id, price_id)) with (fillfactor = 70)`,
  // What a statement is made of. month: of the statement; origin: in which the messages were accepted.
  `create table billing_line (
     app_id integer not null,
     month date not null,
     origin date not null,
     price_id integer not null,
     route_id smallint not null,
     charged bigint not null,
     credited bigint not null,
     amount numeric(28,8) not null,
     primary key (app_id, month, origin, route_id, price_id)) with (fillfactor = 70)`,
  'create index billing_line_month on billing_line (month)',
];

/** Closed is closed. */
const APPEND_ONLY = (table: string): string[] => [
  `create trigger ${table}_append_only before update or delete on ${table} for each row execute function refuse_change()`,
  `create trigger ${table}_no_truncate before truncate on ${table} for each statement execute function refuse_change()`,
];

const CLOSED = [
  // One after the other, without a gap. What is rolled up from then on goes into the month after the last one.
  `create table billing_closed_month (
     month date primary key,
     closed_at timestamptz not null)`,
  // Names as they were then.
  `create table billing_statement (
     app_id integer not null,
     month date not null references billing_closed_month,
     app_name text not null,
     primary key (app_id, month))`,
  // exact = charges + corrections = rounded + remainder; closing = opening + exact. held: open holds at the closing.
  `create table billing_statement_total (
     app_id integer not null,
     month date not null,
     currency char(3) not null,
     opening numeric(28,8) not null,
     charges numeric(28,8) not null,
     corrections numeric(28,8) not null,
     exact numeric(28,8) not null,
     rounded numeric(28,8) not null,
     remainder numeric(28,8) not null,
     closing numeric(28,8) not null,
     held numeric(28,8) not null,
     primary key (app_id, month, currency),
     check (exact = charges + corrections and exact = rounded + remainder and closing = opening + exact))`,
  `create table billing_statement_line (
     app_id integer not null,
     month date not null,
     line integer not null,
     origin date not null,
     price_id integer not null,
     price_version integer not null,
     country_code integer not null,
     charged bigint not null,
     credited bigint not null,
     unit_price numeric(20,8) not null,
     exact numeric(28,8) not null,
     rounded numeric(28,8) not null,
     remainder numeric(28,8) not null,
     currency char(3) not null,
     route text,
     primary key (app_id, month, line),
     check (exact = rounded + remainder))`,
  ...['billing_closed_month', 'billing_statement', 'billing_statement_total', 'billing_statement_line'].flatMap(
    APPEND_ONLY,
  ),
];
