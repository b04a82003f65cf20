import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Bulks (docs/decisions/0082-bulk.md) and opt-outs (0083). Codes of bulk.status are in src/messaging/domain/bulk-status.ts.
 */
export class Bulk1790005100000 implements MigrationInterface {
  name = 'Bulk1790005100000';

  async up(runner: QueryRunner): Promise<void> {
    for (const sql of UP) await runner.query(sql);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table opt_out, bulk_stretch, bulk_rejection, bulk_row, bulk_price, bulk');
  }
}

const UP = [
  // Business times but for loaded_at and paced_at. upload_id: the upload that may commit rows; a later one takes over.
  // loaded_line and moved_line: how far each has come, in physical lines of the file. settings: what the rows have in common.
  `create table bulk (
     id uuid primary key,
     app_id integer not null,
     status smallint not null,
     dry_run boolean not null,
     force boolean not null,
     held_start boolean not null,
     reason text,
     name text not null,
     idempotency_key text,
     fingerprint bytea not null,
     created_at timestamptz not null,
     started_at timestamptz,
     ended_at timestamptz,
     route_id smallint not null,
     lane smallint not null,
     currency char(3) not null,
     resend_on_doubt boolean not null,
     sender text,
     signature text,
     signature_type smallint,
     text text,
     shared boolean not null,
     send_at timestamptz,
     valid_until timestamptz,
     settings text not null,
     upload_id uuid not null,
     loaded_at timestamptz not null default now(),
     loaded_line integer not null default 0,
     loaded_digest bytea,
     digest bytea,
     rows integer not null default 0,
     rejected integer not null default 0,
     accepted integer not null default 0,
     moved integer not null default 0,
     moved_line integer not null default 0,
     moved_at timestamptz,
     handed_over integer not null default 0,
     rate real,
     paced_at timestamptz) with (fillfactor = 50)`,
  'create index bulk_app on bulk (app_id, id)',
  'create index bulk_active on bulk (id) where status in (0, 1, 2, 3)',
  'create index bulk_digest on bulk (app_id, digest) where digest is not null',
  'create index bulk_key on bulk (app_id, idempotency_key, created_at) where idempotency_key is not null',
  // By country, what was loaded and how much of it was moved to the queue; price_id from the start on.
  `create table bulk_price (
     bulk_id uuid not null,
     country_code integer not null,
     price_id integer,
     messages integer not null,
     segments bigint not null,
     moved_segments bigint not null default 0,
     primary key (bulk_id, country_code)) with (fillfactor = 50)`,
  // Rows that wait to be moved to the queue. text: null where it is the bulk's own.
  `create table bulk_row (
     bulk_id uuid not null,
     line integer not null,
     country_code integer not null,
     number_hash bigint not null,
     segments smallint not null,
     encoding smallint not null,
     msisdn text not null,
     text text,
     primary key (bulk_id, line)) with (autovacuum_vacuum_scale_factor = 0.05)`,
  `create table bulk_rejection (
     bulk_id uuid not null,
     line integer not null,
     code text not null,
     rule text not null,
     primary key (bulk_id, line))`,
  // The submissions that a bulk was moved in. counts: messages by code of their status, counted again at count_at. Real times.
  `create table bulk_stretch (
     bulk_id uuid not null,
     submission_id uuid not null,
     messages integer not null,
     counts integer[] not null,
     ended boolean not null default false,
     moved_at timestamptz not null default now(),
     count_at timestamptz not null default now(),
     primary key (bulk_id, submission_id)) with (fillfactor = 50)`,
  'create unique index bulk_stretch_submission on bulk_stretch (submission_id)',
  'create index bulk_stretch_count on bulk_stretch (count_at) where not ended',
  // app_id 0: for all apps. sealed: the number, for export.
  `create table opt_out (
     number_hash bigint not null,
     app_id integer not null,
     id uuid not null,
     masked text not null,
     sealed bytea not null,
     note text not null,
     created_at timestamptz not null,
     created_by text,
     primary key (number_hash, app_id))`,
  'create unique index opt_out_list on opt_out (app_id, id)',
];
