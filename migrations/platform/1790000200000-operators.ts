import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the operators of the platform need: keys that overlap, answers that can be given again, a trail of what they did. */
export class Operators1790000200000 implements MigrationInterface {
  name = 'Operators1790000200000';

  async up(runner: QueryRunner): Promise<void> {
    for (const sql of [...OPERATORS, ...PARKED]) await runner.query(sql);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index parked_report_learnt, parked_report_account_learnt');
    await runner.query('create index parked_report_account on parked_report (account_id, id)');
    await runner.query('drop table audit_entry, admin_request, former_auth_key');
  }
}

const OPERATORS = [
  // AUTH_KEYs that were replaced and are good for a while yet. valid_until: business time.
  `create table former_auth_key (
     id integer generated always as identity primary key,
     account_id integer not null references account,
     digest bytea not null unique,
     valid_until timestamptz not null)`,
  // Calls that came with an Idempotency-Key, and what was answered, without what is shown once only. created_at: the
  // database's time.
  `create table admin_request (
     key text not null primary key,
     fingerprint bytea not null,
     answer jsonb not null,
     created_at timestamptz not null default now())`,
  'create index admin_request_created_at on admin_request (created_at)',
  // Each change that an operator made, stored together with it. account: its name. details: what was asked for, without
  // keys; numbers as keyed hashes.
  `create table audit_entry (
     id bigint generated always as identity primary key,
     at timestamptz not null,
     action text not null,
     account text,
     request_id text not null,
     remote_address text not null,
     details jsonb not null)`,
  'create index audit_entry_account on audit_entry (account, id)',
  `create trigger audit_append_only before update or delete on audit_entry
     for each row execute function refuse_change()`,
  `create trigger audit_no_truncate before truncate on audit_entry
     for each statement execute function refuse_change()`,
];

// The order of a list of parked reports, without the key at an index's end (docs/decisions/0007-one-lookup-a-row.md).
const PARKED = [
  'drop index parked_report_account',
  'create index parked_report_learnt on parked_report (reported_at)',
  'create index parked_report_account_learnt on parked_report (account_id, reported_at)',
];
