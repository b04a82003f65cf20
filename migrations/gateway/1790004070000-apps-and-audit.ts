import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What apps may do and how fast, the audit trail, answers for idempotent repetitions, warnings of a submission. */
export class AppsAndAudit1790004070000 implements MigrationInterface {
  name = 'AppsAndAudit1790004070000';

  async up(runner: QueryRunner): Promise<void> {
    for (const sql of UP) await runner.query(sql);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table idempotent_answer, audit_entry, app_rate');
    await runner.query('alter table submission drop column warnings');
    await runner.query(`alter table app drop column strict_numbers, drop column strict_senders,
      drop column allowed_routes, drop column allowed_senders, drop column registered_countries,
      drop column requests_per_second, drop column sms_per_second`);
  }
}

const UP = [
  `alter table app
     add column strict_numbers boolean not null default false,
     add column strict_senders boolean not null default false,
     add column allowed_routes text[] not null default '{}',
     add column allowed_senders text[] not null default '{}',
     add column registered_countries integer[] not null default '{}',
     add column requests_per_second integer check (requests_per_second > 0),
     add column sms_per_second integer check (sms_per_second > 0)`,
  // Nothing was refused to apps until now: those that exist keep what they had.
  `update app set allowed_routes = '{*}', allowed_senders = '{*}'`,
  // What an app may still use of its rate, in database time. Unlogged: a crash may forget it, and no request waits for
  // the disk because of it (docs/decisions/0021-rate-limits.md). resource: see src/apps/rate-limits.service.ts.
  `create unlogged table app_rate (
     app_id integer not null,
     resource smallint not null,
     tokens double precision not null,
     at timestamptz not null,
     primary key (app_id, resource)) with (fillfactor = 50)`,
  `create table audit_entry (
     id uuid primary key,
     at timestamptz not null,
     app_id integer,
     key_id uuid,
     request_id text,
     action text not null,
     object text not null,
     object_id text not null,
     before jsonb,
     after jsonb)`,
  'create index audit_entry_object on audit_entry (object, object_id, id)',
  `create trigger audit_append_only before update or delete on audit_entry
     for each row execute function refuse_change()`,
  `create trigger audit_no_truncate before truncate on audit_entry
     for each statement execute function refuse_change()`,
  `create table idempotent_answer (
     app_id integer not null,
     key text not null,
     fingerprint bytea not null,
     answer bytea not null,
     created_at timestamptz not null default now(),
     primary key (app_id, key))`,
  'create index idempotent_answer_age on idempotent_answer (created_at)',
  // JSON text, as the answer shows it; null: none.
  'alter table submission add column warnings text',
];
