import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The gateway's tables (design.md 3 to 5). Traffic tables have no foreign keys and no entity: partitions come and go, and
 * the hot statements know what they do.
 *
 * Smallint codes: message.status is in src/messaging/domain/message-status.ts, message.encoding in encoding.ts,
 * attempt.outcome in attempt-outcome.ts.
 */
export class MainJob1790000000000 implements MigrationInterface {
  name = 'MainJob1790000000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const sql of [...CONFIGURATION, ...SENDING, ...REPORTS, ...MONEY]) await runner.query(sql);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table balance, ledger_entry, report_alarm, report_queue, report, sms_uid, doubt, attempt,
      packet, flow, idempotency, message, submission, job_run, price, route, api_key, app, sandbox_clock`);
    await runner.query('drop function refuse_change');
  }
}

const CONFIGURATION = [
  `create table sandbox_clock (
     only_row boolean primary key default true check (only_row),
     offset_ms bigint not null default 0)`,
  'insert into sandbox_clock default values',
  `create table app (
     id integer generated always as identity primary key,
     name text not null unique,
     created_at timestamptz not null default now())`,
  `create table api_key (
     id uuid primary key,
     app_id integer not null references app,
     name text not null,
     digest bytea not null unique,
     scopes text[] not null,
     created_at timestamptz not null default now(),
     expires_at timestamptz,
     revoked_at timestamptz)`,
  // tokens: segments that may be sent now; paused_until: set while the platform can't be reached. Both in database time.
  `create table route (
     id smallint generated always as identity primary key,
     name text not null unique,
     position integer not null unique,
     currency char(3) not null,
     segments_per_second integer not null check (segments_per_second > 0),
     tokens double precision not null default 0,
     tokens_at timestamptz not null default now(),
     failures smallint not null default 0,
     paused_until timestamptz,
     pause_reason text) with (fillfactor = 50)`,
  // A row is a price version and never changes but for valid_until.
  `create table price (
     id integer generated always as identity primary key,
     route_id smallint references route,
     country_code integer not null,
     currency char(3) not null,
     per_segment numeric(20,8) not null check (per_segment >= 0),
     version integer not null,
     valid_from timestamptz not null,
     valid_until timestamptz,
     author text not null,
     note text not null default '')`,
  'create unique index price_version on price (coalesce(route_id, 0), country_code, currency, version)',
  `create table job_run (
     job text not null,
     tick timestamptz not null,
     started_at timestamptz not null default now(),
     finished_at timestamptz,
     outcome text,
     primary key (job, tick))`,
];

const SENDING = [
  // id: UUIDv7 whose last 32 bits are zero. text, signature: as the caller gave them. due_at and below: business time.
  `create table submission (
     id uuid not null primary key,
     created_at timestamptz not null,
     due_at timestamptz not null,
     valid_until timestamptz not null,
     app_id integer not null,
     message_count integer not null,
     route_id smallint not null,
     lane smallint not null,
     segments smallint not null,
     encoding smallint not null,
     signature_type smallint,
     resend_on_doubt boolean not null default false,
     sender text,
     signature text,
     text text,
     metadata jsonb) partition by range (id)`,
  // Message id = submission id with the last 32 bits replaced by the ordinal (from 1): this key serves both.
  // status 0 is "see its packet": scheduled, queued and sending are never stored here.
  `create table message (
     submission_id uuid not null,
     created_at timestamptz not null,
     number_hash bigint not null,
     ordinal integer not null,
     app_id integer not null,
     country_code integer not null,
     price_id integer not null,
     route_id smallint not null,
     segments smallint not null,
     encoding smallint not null,
     status smallint not null default 0,
     acceptances smallint not null default 0,
     sms_state integer,
     reason integer,
     status_at timestamptz,
     msisdn text,
     sms_uid text,
     primary key (submission_id, ordinal)) partition by range (submission_id)`,
  'create index message_number on message (app_id, number_hash, submission_id)',
  `create table idempotency (
     app_id integer not null,
     key text not null,
     fingerprint bytea not null,
     submission_id uuid not null,
     created_at timestamptz not null default now(),
     primary key (app_id, key))`,
  'create index idempotency_age on idempotency (created_at)',
  `create table flow (
     route_id smallint not null,
     lane smallint not null,
     app_id integer not null,
     primary key (route_id, lane, app_id))`,
  // The unit of work: up to 200 members (ordinals of one submission, no number twice). attempt_id set: handed to a worker,
  // whose commit of it is the intent; deadline in database time. text: only where it is the member's own.
  `create table packet (
     id bigint generated always as identity primary key,
     submission_id uuid not null,
     due_at timestamptz not null,
     valid_until timestamptz not null,
     attempt_id uuid,
     worker_id uuid,
     claimed_at timestamptz,
     deadline timestamptz,
     app_id integer not null,
     first_ordinal integer not null,
     route_id smallint not null,
     lane smallint not null,
     segments smallint not null,
     tries smallint not null default 0,
     resent boolean not null default false,
     members integer[] not null,
     text text) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02)`,
  'create index packet_due on packet (route_id, lane, app_id, due_at, id) where attempt_id is null',
  'create unique index packet_attempt on packet (attempt_id) where attempt_id is not null',
  'create index packet_submission on packet (submission_id, first_ordinal)',
  // How a packet ended. Insert-only but for a late answer to a doubtful one.
  `create table attempt (
     id uuid not null primary key,
     submission_id uuid not null,
     worker_id uuid not null,
     claimed_at timestamptz not null,
     ended_at timestamptz not null,
     first_ordinal integer not null,
     outcome smallint not null,
     result_code integer,
     members integer[] not null,
     detail text) partition by range (id)`,
  'create index attempt_submission on attempt (submission_id, first_ordinal)',
  // An SMS of which nobody knows whether the platform has it: sent, answer never seen.
  `create table doubt (
     submission_id uuid not null,
     ordinal integer not null,
     attempt_id uuid not null,
     app_id integer not null,
     since timestamptz not null,
     primary key (submission_id, ordinal, attempt_id))`,
  // UID -> message, by day of answer (real time). Insert-only.
  `create table sms_uid (
     answered_at timestamptz not null default now(),
     submission_id uuid not null,
     attempt_id uuid not null,
     ordinal integer not null,
     uid text not null,
     primary key (uid, answered_at)) partition by range (answered_at)`,
];

const REPORTS = [
  // Every entry of every report, as it came. attempt_id: from CUSTOMER_BODY; foreign_body: there was one, and not ours.
  `create table report (
     id uuid not null primary key,
     received_at timestamptz not null,
     reported_at timestamptz,
     attempt_id uuid,
     country_code bigint,
     sms_state bigint,
     foreign_body boolean not null,
     sms_uid text not null,
     msisdn text,
     result_desc text,
     raw text not null) partition by range (id)`,
  'create index report_uid on report (sms_uid)',
  // Entries not applied yet; due_at in database time.
  `create table report_queue (
     report_id uuid not null primary key,
     due_at timestamptz not null,
     tries smallint not null default 0) with (autovacuum_vacuum_scale_factor = 0.02)`,
  'create index report_queue_due on report_queue (due_at)',
  `create table report_alarm (
     report_id uuid not null primary key,
     raised_at timestamptz not null,
     cause text not null,
     submission_id uuid,
     ordinal integer,
     resolved_at timestamptz)`,
];

const MONEY = [
  // Double entry by construction: an entry moves an amount from one account of an app to another
  // (docs/decisions/0004-ledger.md). source_id: the submission, attempt or message that caused it.
  `create table ledger_entry (
     id uuid not null primary key,
     at timestamptz not null,
     app_id integer not null,
     price_id integer not null,
     quantity bigint not null,
     kind text not null check (kind in ('hold', 'post', 'release', 'reversal', 'correction')),
     from_account text not null check (from_account in ('available', 'held', 'spent')),
     to_account text not null check (to_account in ('available', 'held', 'spent')),
     currency char(3) not null,
     amount numeric(20,8) not null check (amount >= 0),
     source_id uuid not null,
     ordinal integer,
     check (from_account <> to_account)) partition by range (id)`,
  'create index ledger_entry_source on ledger_entry (source_id)',
  `create function refuse_change() returns trigger language plpgsql as $$
     begin raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation'; end $$`,
  `create trigger ledger_append_only before update or delete on ledger_entry
     for each row execute function refuse_change()`,
  `create trigger ledger_no_truncate before truncate on ledger_entry
     for each statement execute function refuse_change()`,
  // The sum of each kind. One row a kind, so that accepting, answering and reporting never wait for each other.
  `create table balance (
     app_id integer not null,
     currency char(3) not null,
     kind text not null,
     amount numeric(28,8) not null default 0,
     primary key (app_id, currency, kind)) with (fillfactor = 50)`,
];
