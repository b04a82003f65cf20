import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What forgetting needs (docs/retention.md): packets as received may be forgotten, and how far each walk has come. */
export class Retention1790004300000 implements MigrationInterface {
  name = 'Retention1790004300000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table report alter column raw drop not null');
    // A walk goes once through the ids of its table, oldest first.
    await runner.query(`create table retention_walk (
      kind text not null primary key check (kind in ('text', 'number', 'report')),
      after_id uuid not null)`);
    // Submissions that a walk has passed before all their messages had ended for long enough.
    await runner.query(`create table retention_rest (
      submission_id uuid not null,
      kind text not null,
      primary key (kind, submission_id))`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table retention_rest, retention_walk');
    await runner.query(`update report set raw = '' where raw is null`);
    await runner.query('alter table report alter column raw set not null');
  }
}
