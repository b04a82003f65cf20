import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What settling in the plain way needs (docs/decisions/0090-settling-in-the-plain-way.md). */
export class Settling1790008000000 implements MigrationInterface {
  name = 'Settling1790008000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const sql of STATEMENTS) await runner.query(sql);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop function not_in_the_plain_way');
    await runner.query(fillMessages(50));
  }
}

/** Sets how full the pages of messages are made, of partitions that are there; new ones have it from gateway-tables.ts. */
const fillMessages = (percent: number): string => `do $$
  declare part regclass;
  begin
    for part in select inhrelid::regclass from pg_inherits where inhparent = 'message'::regclass loop
      execute format('alter table %s set (fillfactor = ${percent})', part);
    end loop;
  end $$`;

const STATEMENTS = [
  // Undoes the statement that calls it.
  `create function not_in_the_plain_way() returns boolean language plpgsql as $$
     begin raise exception 'a message was settled otherwise before' using errcode = 'SMS01'; end $$`,
  // An answered message is half as long again: UID, attempt, time.
  fillMessages(35),
];
