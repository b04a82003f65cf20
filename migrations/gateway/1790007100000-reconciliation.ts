import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The provider's statements, and what came of holding them against ours (docs/reconciliation.md,
 * docs/decisions/0071-matching-a-statement.md). Numbers stand here as keyed hashes and masked only: a bill is kept for longer than
 * retention allows numbers to be.
 */
export class Reconciliation1790007100000 implements MigrationInterface {
  name = 'Reconciliation1790007100000';

  async up(runner: QueryRunner): Promise<void> {
    for (const sql of [...STATEMENTS, ...RUNS]) await runner.query(sql);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table reconciliation_difference, reconciliation_total, reconciliation_item,
      reconciliation_run, provider_statement_row, provider_statement, statement_mapping`);
    await runner.query('drop function sms_state_precedence');
  }
}

const STATEMENTS = [
  // How another provider's file is read; definition as the API shows it.
  `create table statement_mapping (
     name text not null primary key,
     definition jsonb not null,
     created_at timestamptz not null)`,
  // touched_at: database time of the last stretch that came in; what is loading and was not touched for long was given up.
  // digest: of the bytes and of how they are read. totals: amount by currency, added up while reading.
  `create table provider_statement (
     id uuid not null primary key,
     uploaded_at timestamptz not null,
     touched_at timestamptz not null default now(),
     state text not null check (state in ('loading', 'loaded')),
     name text not null,
     mapping text,
     lists_unbilled boolean not null,
     period text,
     route_id smallint,
     digest bytea,
     bytes bigint not null default 0,
     line_count integer not null default 0,
     first_at timestamptz,
     last_at timestamptz,
     totals jsonb)`,
  `create unique index provider_statement_digest on provider_statement (digest) where state = 'loaded'`,
  // line: of the file, from 1, where the row begins.
  `create table provider_statement_row (
     statement_id uuid not null,
     accepted_at timestamptz not null,
     number_hash bigint,
     line integer not null,
     country_code integer,
     segments integer,
     state integer,
     unit_price numeric(20,8),
     amount numeric(20,8) not null,
     currency char(3) not null,
     sms_uid text not null,
     number text,
     primary key (statement_id, line))`,
  'create index provider_statement_uid on provider_statement_row (sms_uid, statement_id)',
];

const RUNS = [
  // phase and after_*: how far the run has come (src/reconciliation/domain/run-phase.ts). lease_until: database time.
  // first_matched, last_matched: between which of our acceptances the statement has rows.
  `create table reconciliation_run (
     id uuid not null primary key,
     statement_id uuid not null references provider_statement,
     period text not null,
     period_from timestamptz not null,
     period_to timestamptz not null,
     created_at timestamptz not null,
     started_at timestamptz,
     finished_at timestamptz,
     lease_until timestamptz,
     first_matched timestamptz,
     last_matched timestamptz,
     worker_id uuid,
     after_id uuid,
     after_attempt uuid,
     until_id uuid,
     after_ordinal integer not null default 0,
     after_line integer not null default 0,
     items integer not null default 0,
     items_judged integer not null default 0,
     lines_matched integer not null default 0,
     lines_judged integer not null default 0,
     route_id smallint,
     phase smallint not null default 0,
     tries smallint not null default 0,
     state text not null default 'queued' check (state in ('queued', 'running', 'done', 'failed')),
     balanced boolean,
     failure text)`,
  'create index reconciliation_run_statement on reconciliation_run (statement_id)',
  `create index reconciliation_run_open on reconciliation_run (created_at) where state in ('queued', 'running')`,
  // Our side of a run, as it stood when it was collected; gone when the run is done. kind: 1 a message's first acceptance,
  // 2 a further one, 3 an attempt in doubt. began, ended: between which the platform accepted it, business time.
  `create table reconciliation_item (
     run_id uuid not null,
     submission_id uuid not null,
     attempt_id uuid not null,
     began timestamptz not null,
     ended timestamptz not null,
     number_hash bigint not null,
     ordinal integer not null,
     line integer,
     country_code integer not null,
     sms_state integer,
     route_id smallint not null,
     segments smallint not null,
     kind smallint not null,
     per_segment numeric(20,8) not null,
     currency char(3) not null,
     uid text,
     primary key (run_id, submission_id, ordinal, attempt_id)) with (fillfactor = 70)`,
  'create index reconciliation_item_uid on reconciliation_item (run_id, uid)',
  'create index reconciliation_item_line on reconciliation_item (run_id, line) where line is not null',
  `create index reconciliation_item_number on reconciliation_item (run_id, number_hash) where kind = 3 or uid is null`,
  // item: billed, ours, drift (what the ledger has spent beyond our items), or a cause.
  `create table reconciliation_total (
     run_id uuid not null,
     currency char(3) not null,
     item text not null,
     quantity bigint not null,
     amount numeric(28,8) not null,
     primary key (run_id, currency, item))`,
  // A cause of a difference: the bill's row (line), ours (message and attempt), or both. counter_*: what we have in the
  // other currency. proposal: what of ours should change. reported: states of the raw reports, in the order they came.
  `create table reconciliation_difference (
     id bigint generated always as identity primary key,
     run_id uuid not null,
     submission_id uuid,
     attempt_id uuid,
     our_at timestamptz,
     decided_at timestamptz,
     decided_by uuid,
     line integer,
     ordinal integer,
     our_country integer,
     our_segments integer,
     our_state integer,
     cause text not null,
     our_price numeric(20,8),
     our_currency char(3),
     amount numeric(20,8) not null,
     currency char(3) not null,
     counter_amount numeric(20,8),
     counter_currency char(3),
     proposal text check (proposal in ('accept', 'state')),
     decision text check (decision in ('approved', 'rejected')),
     effective boolean,
     reported integer[])`,
  'create index reconciliation_difference_run on reconciliation_difference (run_id, id)',
  'create index reconciliation_difference_cause on reconciliation_difference (run_id, cause, id)',
  `create index reconciliation_difference_open on reconciliation_difference (run_id, id)
     where proposal is not null and decision is null`,
  // protocol.md 7: which of two states of an SMS counts. Null: none is known.
  `create function sms_state_precedence(state integer) returns integer language sql immutable parallel safe as
     $$ select case when state is null then 0 else coalesce((array[2, 10, 5, 6, 7, 4, 3, 8, 1])[state],
       case when state = 60 then 9 else 3 end) end $$`,
];
