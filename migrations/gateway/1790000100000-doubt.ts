import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What doubt, silence, halving and stopped routes need (docs/decisions/0010-doubt.md, 0011-breaker.md). */
export class Doubt1790000100000 implements MigrationInterface {
  name = 'Doubt1790000100000';

  async up(runner: QueryRunner): Promise<void> {
    for (const sql of STATEMENTS) await runner.query(sql);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table acceptance, callback_heartbeat, silence_walk, restore_mark');
    await runner.query('drop index doubt_since, packet_validity, packet_halved, attempt_halved');
    await runner.query('alter table message drop column attempt_id');
    await runner.query('alter table packet drop column halved_from');
    await runner.query('alter table attempt drop column halved_from');
    await runner.query(`alter table route drop column stopped_at, drop column probe_floor`);
  }
}

const STATEMENTS = [
  // The attempt whose acceptance sms_uid, sms_state and the posted price belong to.
  'alter table message add column attempt_id uuid',
  // Acceptances of a message beyond its first: each has its own UID and state, and is charged by them.
  `create table acceptance (
     submission_id uuid not null,
     ordinal integer not null,
     attempt_id uuid not null,
     accepted_at timestamptz not null,
     sms_state integer,
     sms_uid text,
     primary key (submission_id, ordinal, attempt_id))`,
  'create index doubt_since on doubt (since)',
  // Proof, in database time, that a callback process could commit; refused: reports that it turned away since its last one.
  `create table callback_heartbeat (
     beat_at timestamptz not null default clock_timestamp(),
     process_id uuid not null,
     refused integer not null,
     primary key (beat_at, process_id))`,
  // How far the ended attempts have been looked through for messages without a report, for each of the two periods.
  `create table silence_walk (
     hours smallint primary key,
     after_attempt uuid not null) with (fillfactor = 50)`,
  `insert into silence_walk values (26, '00000000-0000-0000-0000-000000000000'), (50, '00000000-0000-0000-0000-000000000000')`,
  `create table restore_mark (
     restored_to timestamptz primary key,
     done_at timestamptz not null default now())`,
  'create index packet_validity on packet (valid_until) where attempt_id is null',
  // The attempt that was refused as a whole, of whose numbers this packet or attempt has a part.
  'alter table packet add column halved_from uuid',
  'alter table attempt add column halved_from uuid',
  'create index packet_halved on packet (halved_from) where halved_from is not null',
  'create index attempt_halved on attempt (halved_from) where halved_from is not null',
  // stopped_at: since when nothing but probes is sent, real time. probe_floor: attempts with a greater id were made since then.
  'alter table route add column stopped_at timestamptz, add column probe_floor uuid',
];
