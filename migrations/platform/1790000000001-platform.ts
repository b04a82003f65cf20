import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The platform's tables (protocol.md, design.md 5). Traffic tables have no foreign keys and no entity: partitions come and
 * go, and the hot statements know what they do.
 *
 * Codes: packet.encoding is the SMPP data coding (0 GSM, 3 Latin-1, 8 UCS-2); packet.lane is PRIORITY (0 general, 1 high);
 * sms.state and report_push.state are SMS_STATE as on the wire; sms.reject_cause is in
 * src/platform/domain/local-rejection.ts.
 *
 * No secondary index ends in a table's key: while statistics say that a table is empty, all its indexes cost the same, and a
 * lookup by key must find one only (docs/decisions/0007-one-lookup-a-row.md).
 *
 * Times are business time, but for lease_until and tokens_at, which are the database's.
 */
export class Platform1790000000001 implements MigrationInterface {
  name = 'Platform1790000000001';

  async up(runner: QueryRunner): Promise<void> {
    for (const sql of [...SANDBOX, ...ACCOUNTS, ...TRAFFIC, ...CARRIER, ...REPORTS, ...MONEY]) await runner.query(sql);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table ledger_entry, parked_report, report_push, inbox, carrier_event, carrier_submission,
      expiry_watch, handover, sms, packet, blacklist, registration, price, route, balance, account, directory, job_run,
      fault, sandbox_clock`);
    await runner.query('drop function refuse_change');
  }
}

const SANDBOX = [
  `create table sandbox_clock (
     only_row boolean primary key default true check (only_row),
     offset_ms bigint not null default 0)`,
  'insert into sandbox_clock default values',
  // Handset rules that outrank the sandbox file's, as the operator gave them.
  `create table fault (
     only_row boolean primary key default true check (only_row),
     rules jsonb not null default '[]')`,
  'insert into fault default values',
  `create table job_run (
     job text not null,
     tick timestamptz not null,
     started_at timestamptz not null default now(),
     finished_at timestamptz,
     outcome text,
     primary key (job, tick))`,
];

const ACCOUNTS = [
  // Counts the changes of accounts and all that belongs to them, and of faults: processes look at it to know when to read
  // anew. Whoever changes something raises it first, so changes become visible in the order of their numbers.
  `create table directory (
     only_row boolean primary key default true check (only_row),
     version bigint not null default 0)`,
  'insert into directory default values',
  // callback_url null: the callback listener of the same installation.
  `create table account (
     id integer generated always as identity primary key,
     name text not null unique,
     auth_key_digest bytea not null unique,
     currency char(3) not null,
     default_sender_id text not null,
     rate_per_second integer not null check (rate_per_second > 0),
     queue_limit bigint not null check (queue_limit > 0),
     allowed_addresses text[] not null,
     certificate_fingerprints text[] not null,
     callback_url text,
     created_at timestamptz not null default now(),
     revoked_at timestamptz)`,
  // What an account's packets are measured by, taken in the statement that stores them. waiting: SMS that wait for the
  // carrier. version: raised by each taking, so that a judgement outside of the statement can be checked against it.
  `create table balance (
     account_id integer primary key references account,
     amount numeric(20,8) not null check (amount >= 0),
     version bigint not null default 0,
     waiting bigint not null default 0,
     tokens double precision not null,
     tokens_at timestamptz not null default now()) with (fillfactor = 50)`,
  // A product: the name that ROUTE_ID gives, and the country calling codes that it covers.
  `create table route (
     id integer generated always as identity primary key,
     account_id integer not null references account,
     name text not null,
     countries integer[] not null,
     unique (account_id, name))`,
  // A row is a price version and never changes. per_segment null: not priced from then on.
  `create table price (
     id integer generated always as identity primary key,
     account_id integer not null references account,
     country_code integer not null,
     per_segment numeric(20,8) check (per_segment >= 0),
     valid_from timestamptz not null)`,
  'create index price_country on price (account_id, country_code, valid_from)',
  `create table registration (
     id integer generated always as identity primary key,
     account_id integer not null references account,
     country_code integer not null,
     signature text,
     sender_id text,
     content text)`,
  'create index registration_account on registration (account_id)',
  `create table blacklist (
     account_id integer not null references account,
     country_code integer not null,
     msisdn text not null,
     primary key (account_id, country_code, msisdn))`,
];

const TRAFFIC = [
  // id: UUIDv7 whose last 32 bits are zero. content: the formatted text as a JSON string, since U+0000 and lone surrogates
  // are legal in an SMS and not in a text column. customer_body: its JSON text.
  `create table packet (
     id uuid not null primary key,
     accepted_at timestamptz not null,
     account_id integer not null,
     route_id integer,
     encoding smallint not null,
     segments smallint not null,
     lane smallint not null,
     sender text not null,
     content text not null,
     customer_body text) partition by range (id)`,
  'create index packet_account on packet (account_id, accepted_at)',
  // SMS_UID: the packet's id with the last 32 bits replaced by the ordinal, as 32 hexadecimal digits. price_id null: not
  // charged. state null: nothing known yet; precedence 0 then, else that of the state.
  `create table sms (
     packet_id uuid not null,
     state_at timestamptz,
     state bigint,
     country_code integer not null,
     price_id integer,
     ordinal smallint not null,
     precedence smallint not null default 0,
     reject_cause smallint,
     msisdn text not null,
     primary key (packet_id, ordinal)) partition by range (packet_id)`,
  // Packets that wait for the carrier.
  `create table handover (
     packet_id uuid not null primary key,
     accepted_at timestamptz not null,
     lease_until timestamptz,
     account_id integer not null,
     lane smallint not null,
     sms smallint not null) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02)`,
  'create index handover_lane on handover (account_id, lane, accepted_at)',
  // Packets that are looked at once, 25 hours after they were accepted: what has no final state by then is EXPIRED.
  `create table expiry_watch (
     packet_id uuid not null primary key,
     expires_at timestamptz not null)`,
  'create index expiry_watch_due on expiry_watch (expires_at)',
];

const CARRIER = [
  // The simulated carrier's own memory: what it has taken over, so that it takes nothing twice.
  'create table carrier_submission (packet_id uuid not null primary key) partition by range (packet_id)',
  // States that the simulated carrier will report.
  `create table carrier_event (
     id bigint generated always as identity primary key,
     packet_id uuid not null,
     due_at timestamptz not null,
     lease_until timestamptz,
     state bigint not null,
     repeat smallint not null,
     ordinals smallint[] not null) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02)`,
  'create index carrier_event_due on carrier_event (due_at)',
  'create index carrier_event_packet on carrier_event (packet_id)',
  // What simulated handsets have received. number: country code and national number.
  `create table inbox (
     packet_id uuid not null,
     received_at timestamptz not null,
     ordinal smallint not null,
     number text not null,
     primary key (packet_id, ordinal)) partition by range (packet_id)`,
  'create index inbox_number on inbox (number)',
];

const REPORTS = [
  // Reports that were not acknowledged yet, in the order in which they were learnt. since: begin of the 24 hours.
  `create table report_push (
     id bigint generated always as identity primary key,
     packet_id uuid not null,
     reported_at timestamptz not null,
     since timestamptz not null,
     due_at timestamptz not null,
     lease_until timestamptz,
     state bigint not null,
     account_id integer not null,
     ordinal smallint not null,
     attempts smallint not null default 0,
     last_error text) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02)`,
  'create index report_push_due on report_push (account_id, due_at)',
  'create index report_push_sms on report_push (packet_id, ordinal)',
  // Reports that were pushed in vain for 24 hours, until an operator pushes them again.
  `create table parked_report (
     id bigint not null primary key,
     packet_id uuid not null,
     reported_at timestamptz not null,
     parked_at timestamptz not null,
     state bigint not null,
     account_id integer not null,
     ordinal smallint not null,
     attempts smallint not null,
     last_error text)`,
  'create index parked_report_account on parked_report (account_id, id)',
];

const MONEY = [
  // An account's balance is the sum of its lines. A debit is a line a packet and price: quantity segments at the price.
  `create table ledger_entry (
     id uuid not null primary key,
     at timestamptz not null,
     packet_id uuid,
     account_id integer not null,
     price_id integer,
     quantity integer,
     kind text not null check (kind in ('debit', 'top_up', 'correction')),
     currency char(3) not null,
     amount numeric(20,8) not null,
     note text not null default '',
     check (case kind when 'debit' then amount <= 0 and packet_id is not null when 'top_up' then amount >= 0 else true end)
   ) partition by range (id)`,
  'create index ledger_entry_account on ledger_entry (account_id, id)',
  `create function refuse_change() returns trigger language plpgsql as $$
     begin raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation'; end $$`,
  `create trigger ledger_append_only before update or delete on ledger_entry
     for each row execute function refuse_change()`,
  `create trigger ledger_no_truncate before truncate on ledger_entry
     for each statement execute function refuse_change()`,
];
