import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Aggregates of messages, kept up by the statements that change messages (docs/decisions/0030-aggregates.md). Triggers on
 * `message` append what a statement changed, folded; a loop of the worker merges it into buckets.
 *
 * Smallint codes: status is message.status; tier and bin are in src/reporting/domain/aggregate-tier.ts and delivery-time.ts.
 */
export class Aggregates1790000300000 implements MigrationInterface {
  name = 'Aggregates1790000300000';

  async up(runner: QueryRunner): Promise<void> {
    for (const sql of STATEMENTS) await runner.query(sql);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop trigger acceptance_counted on acceptance');
    await runner.query('drop trigger acceptance_counted_anew on acceptance');
    await runner.query('drop function count_acceptances, count_acceptances_anew');
    await runner.query('drop trigger message_counted on message');
    await runner.query('drop trigger message_counted_anew on message');
    await runner.query('drop function count_messages, count_messages_anew, charged_segments, delivery_bin');
    await runner.query('drop table aggregate_recount, aggregate_bucket, aggregate_delta');
    await runner.query('alter table message drop column delivery_ms');
  }
}

/** What identifies a bucket row, but for its tier. */
const KEY = 'start, app_id, route_id, country_code, price_id, status, bin';

/** A message's share in the aggregates: its bucket row's key, and what it counts there. */
const FACT = `date_bin('15 minutes', created_at, timestamptz '2000-01-01Z') as start, app_id, route_id, country_code, price_id,
  status, delivery_bin(status, delivery_ms) as bin, segments, charged_segments(acceptances, sms_state, segments) as charged`;

/** An acceptance beyond a message's first: no message more, but its cost. It counts with what is submitted, whatever became of it. */
const FURTHER = (rows: string, sign: number): string => `
  select ${sign} as sign, date_bin('15 minutes', message.created_at, timestamptz '2000-01-01Z') as start, message.app_id,
    message.route_id, message.country_code, message.price_id,
    charged_segments(1::smallint, ${rows}.sms_state, message.segments) as charged
  from ${rows} join message on message.submission_id = any (array[${rows}.submission_id])
    and message.ordinal = ${rows}.ordinal`;

const COUNT_FURTHER = (facts: string): string => `
  insert into aggregate_delta (${KEY}, messages, segments, charged)
  select start, app_id, route_id, country_code, price_id, 2, -1, 0, 0, sum(sign * charged) from (${facts}) fact
  group by start, app_id, route_id, country_code, price_id having sum(sign * charged) <> 0`;

const STATEMENTS = [
  // From when it was due to the earliest report that says delivered; business time.
  'alter table message add column delivery_ms integer',
  // Bins of 5 %, the first one ending at a tenth of a second; -1: not delivered, or nobody knows when.
  `create function delivery_bin(status smallint, milliseconds integer) returns smallint
     language sql immutable parallel safe as
     $$ select (case when status <> 3 or milliseconds is null then -1 when milliseconds < 100 then 0
       else 1 + floor(ln(milliseconds / 100.0::float8) / ln(1.05::float8)) end)::smallint $$`,
  // protocol.md 9: charged once accepted, in every state but LOCAL_REJECTED.
  `create function charged_segments(acceptances smallint, sms_state integer, segments smallint) returns integer
     language sql immutable parallel safe as
     $$ select case when acceptances > 0 and sms_state is distinct from 60 then segments::integer else 0 end $$`,
  // Append-only: one row a statement and key. The amounts follow from charged segments and the price version.
  `create table aggregate_delta (
     start timestamptz not null,
     app_id integer not null,
     country_code integer not null,
     price_id integer not null,
     route_id smallint not null,
     status smallint not null,
     bin smallint not null,
     messages bigint not null,
     segments bigint not null,
     charged bigint not null) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000)`,
  `create table aggregate_bucket (
     start timestamptz not null,
     app_id integer not null,
     country_code integer not null,
     price_id integer not null,
     tier smallint not null,
     route_id smallint not null,
     status smallint not null,
     bin smallint not null,
     messages bigint not null,
     segments bigint not null,
     charged bigint not null,
     primary key (tier, app_id, start, route_id, country_code, price_id, status, bin)) with (fillfactor = 70)`,
  // How far each stage of the recount has come; business time. Buckets before the stage 'sealed' are recounted no more: the
  // messages that they count may be gone.
  `create table aggregate_recount (
     stage text not null primary key,
     done_until timestamptz not null)`,
  `create function count_messages() returns trigger language plpgsql as $$
     begin
       insert into aggregate_delta (${KEY}, messages, segments, charged)
       select ${KEY}, count(*), sum(segments), sum(charged) from (select ${FACT} from new_rows) fact group by ${KEY};
       return null;
     end $$`,
  `create function count_messages_anew() returns trigger language plpgsql as $$
     begin
       insert into aggregate_delta (${KEY}, messages, segments, charged)
       select ${KEY}, sum(sign), sum(sign * segments), sum(sign * charged)
       from (select -1 as sign, ${FACT} from old_rows union all select 1, ${FACT} from new_rows) fact
       group by ${KEY}
       having sum(sign) <> 0 or sum(sign * segments) <> 0 or sum(sign * charged) <> 0;
       return null;
     end $$`,
  `create trigger message_counted after insert on message referencing new table as new_rows
     for each statement execute function count_messages()`,
  `create trigger message_counted_anew after update on message referencing old table as old_rows new table as new_rows
     for each statement execute function count_messages_anew()`,
  // A database that has messages already starts with their sum.
  `insert into aggregate_delta (${KEY}, messages, segments, charged)
   select ${KEY}, count(*), sum(segments), sum(charged) from (select ${FACT} from message) fact group by ${KEY}`,
  `create function count_acceptances() returns trigger language plpgsql as $$
     begin
       ${COUNT_FURTHER(FURTHER('new_rows', 1))};
       return null;
     end $$`,
  `create function count_acceptances_anew() returns trigger language plpgsql as $$
     begin
       ${COUNT_FURTHER(`${FURTHER('old_rows', -1)} union all ${FURTHER('new_rows', 1)}`)};
       return null;
     end $$`,
  `create trigger acceptance_counted after insert on acceptance referencing new table as new_rows
     for each statement execute function count_acceptances()`,
  `create trigger acceptance_counted_anew after update on acceptance
     referencing old table as old_rows new table as new_rows for each statement execute function count_acceptances_anew()`,
  COUNT_FURTHER(FURTHER('acceptance', 1)),
];
