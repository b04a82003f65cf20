import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What must be told (docs/decisions/0040-outbox.md), and the webhooks that tell it.
 *
 * An outbox row is what one statement changed of one app: parallel arrays, one element for each set of messages of one
 * submission that took the same step. It stands for `size` events, numbered `last_sequence - size + 1` to `last_sequence`.
 */
export class Events1790000040000 implements MigrationInterface {
  name = 'Events1790000040000';

  async up(runner: QueryRunner): Promise<void> {
    for (const sql of [...OUTBOX, ...WEBHOOKS]) await runner.query(sql);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table webhook_attempt, webhook_delivery, webhook_endpoint, event_sequence, outbox');
  }
}

const OUTBOX = [
  // appended_at: real time. ordinals: of the messages, as ranges. statuses: codes of src/outbox/told-status.ts. previous: the
  // status before, where a final one was corrected.
  `create table outbox (
     id bigint generated always as identity,
     appended_at timestamptz not null default now(),
     last_sequence bigint,
     app_id integer not null,
     size integer not null,
     submission_ids uuid[] not null,
     ordinals int4multirange[] not null,
     statuses smallint[] not null,
     times timestamptz[] not null,
     previous smallint[] not null,
     sms_states integer[] not null,
     reasons integer[] not null) partition by range (appended_at)`,
  'create index outbox_unnumbered on outbox (id) where last_sequence is null',
  'create index outbox_sequence on outbox (app_id, last_sequence) where last_sequence is not null',
  // last: number of the app's newest event. dropped: events up to this one are beyond their retention and gone.
  `create table event_sequence (
     app_id integer not null primary key,
     last bigint not null,
     dropped bigint not null default 0) with (fillfactor = 50)`,
];

const WEBHOOKS = [
  // Secrets are encrypted. event_types: null for all. position: events up to this one have become deliveries.
  // failing_since: the first failure since the last success.
  `create table webhook_endpoint (
     id uuid primary key,
     app_id integer not null references app,
     url text not null,
     description text not null default '',
     event_types text[],
     clear_numbers boolean not null default false,
     enabled boolean not null default true,
     secret bytea not null,
     old_secret bytea,
     old_secret_until timestamptz,
     position bigint not null,
     failing_since timestamptz,
     created_at timestamptz not null)`,
  'create index webhook_endpoint_app on webhook_endpoint (app_id, id)',
  // One event for one endpoint; id is the webhook-id of all its attempts. due_at: business time, null once it has ended.
  // leased_until: database time. submission_id null: a test.
  `create table webhook_delivery (
     id uuid not null primary key,
     endpoint_id uuid not null,
     sequence bigint,
     due_at timestamptz,
     leased_until timestamptz,
     since timestamptz not null,
     at timestamptz not null,
     submission_id uuid,
     ordinal integer,
     sms_state integer,
     reason integer,
     attempts smallint not null default 0,
     status smallint not null,
     previous smallint,
     outcome text not null default 'pending' check (outcome in ('pending', 'delivered', 'failed'))
   ) partition by range (id)`,
  'create index webhook_delivery_due on webhook_delivery (endpoint_id, due_at) where due_at is not null',
  'create index webhook_delivery_endpoint on webhook_delivery (endpoint_id, id)',
  // at: real time. status: null without an answer.
  `create table webhook_attempt (
     id uuid not null primary key,
     delivery_id uuid not null,
     at timestamptz not null,
     milliseconds integer not null,
     status smallint,
     error text,
     answer text) partition by range (id)`,
  'create index webhook_attempt_delivery on webhook_attempt (delivery_id, id)',
];
