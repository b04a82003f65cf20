import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Hard caps on what an app spends in a day and in a month (docs/decisions/0062-spend-caps.md). */
export class SpendCaps1790006200000 implements MigrationInterface {
  name = 'SpendCaps1790006200000';

  async up(runner: QueryRunner): Promise<void> {
    for (const sql of STATEMENTS) await runner.query(sql);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop trigger ledger_gives_back on ledger_entry');
    await runner.query('drop function give_spend_back, spend_counted_at, lowest_id_at');
    await runner.query('drop table spend_warning, spend_delta, spend_use, spend_cap');
  }
}

const STATEMENTS = [
  // created_at: business time.
  `create table spend_cap (
     app_id integer not null constraint spend_cap_app_id_fkey references app,
     currency char(3) not null,
     period text not null constraint spend_cap_period_check check (period in ('day', 'month')),
     amount numeric(20,8) not null constraint spend_cap_amount_check check (amount >= 0),
     time_zone text not null,
     created_at timestamptz not null,
     author text not null,
     primary key (app_id, currency, period))`,
  // What is held or spent of submissions that were accepted in a period, but for what spend_delta still has. starts_on: in the
  // cap's time zone. counted: it is complete; false while older transactions may not have known of the row. exhausted: something
  // was refused of which not even one message would have fitted.
  `create table spend_use (
     app_id integer not null,
     currency char(3) not null,
     period text not null,
     starts_on date not null,
     used numeric(28,8) not null default 0,
     counted boolean not null,
     since xid8 not null default pg_current_xact_id(),
     exhausted boolean not null default false,
     primary key (app_id, currency, period, starts_on)) with (fillfactor = 50)`,
  // What the ledger gave back, or charged late: append-only, so that who answers and reports never waits for who accepts.
  // at: business time by which it counts. period: null for both.
  `create table spend_delta (
     id bigint generated always as identity primary key,
     app_id integer not null,
     currency char(3) not null,
     period text,
     at timestamptz not null,
     amount numeric(28,8) not null) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000)`,
  // Warnings that were told, each once.
  `create table spend_warning (
     id uuid primary key default gen_random_uuid(),
     app_id integer not null,
     currency char(3) not null,
     period text not null,
     starts_on date not null,
     threshold smallint not null,
     at timestamptz not null,
     amount numeric(20,8) not null,
     used numeric(28,8) not null,
     renews_at timestamptz not null,
     unique (app_id, currency, period, starts_on, threshold))`,
  // When what an entry is about was accepted: source is a bulk, a submission or an attempt, whose row is
  // stored when it has ended: a report may be faster. Rows of a bulk count from its start,
  // when all of it was held. Null: none of these.
  `create function spend_counted_at(source uuid) returns timestamptz language sql stable as $$
     select coalesce(
       (select started_at from bulk where id = source),
       (select coalesce(
           (select b.started_at from bulk_stretch t join bulk b on b.id = t.bulk_id where t.submission_id = s.id),
           s.created_at)
         from (select source as id union all select submission_id from attempt where id = source
           union all select submission_id from packet where attempt_id = source) found
         join submission s on s.id = found.id limit 1)) $$`,
  // The lowest id (UUIDv7 of the real clock) that what happened at a business time, or later, can have; a day to spare.
  `create function lowest_id_at(at timestamptz) returns uuid language sql stable as $$
     select (substr(hex, 1, 8) || '-' || substr(hex, 9, 4) || '-7000-8000-000000000000')::uuid
     from (select lpad(to_hex(greatest(0, (extract(epoch from at) * 1000)::bigint - offset_ms - 86400000)), 12, '0') as hex
       from sandbox_clock) earliest $$`,
  // Holds are reserved by those who make them. Everything else that goes from or to what is available comes this way.
  `create function give_spend_back() returns trigger language plpgsql as $$
     begin
       if not exists (select from spend_cap) then return null; end if;
       insert into spend_delta (app_id, currency, at, amount)
       select app_id, currency, counted_at, sum(amount)
       from (select e.app_id, e.currency, spend_counted_at(e.source_id) as counted_at,
           case when e.to_account = 'available' then -e.amount else e.amount end as amount
         from new_rows e
         where e.kind <> 'hold' and 'available' in (e.from_account, e.to_account)
           and exists (select from spend_cap c where c.app_id = e.app_id and c.currency = e.currency)) moved
       where counted_at is not null
       group by app_id, currency, counted_at having sum(amount) <> 0;
       return null;
     end $$`,
  `create trigger ledger_gives_back after insert on ledger_entry referencing new table as new_rows
     for each statement execute function give_spend_back()`,
];
