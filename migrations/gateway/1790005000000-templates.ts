import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Texts with variables, of an app. */
export class Templates1790005000000 implements MigrationInterface {
  name = 'Templates1790005000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create table template (
      id uuid primary key,
      app_id integer not null references app,
      name text not null,
      text text not null,
      version integer not null default 1,
      created_at timestamptz not null,
      changed_at timestamptz not null)`);
    await runner.query('create unique index template_name on template (app_id, name)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table template');
  }
}
