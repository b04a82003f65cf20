import type { MigrationInterface, QueryRunner } from 'typeorm';

import { JOBS_DOWN, JOBS_UP } from '../jobs.js';

/** Jobs as rows: what is declared, what runs, whose lease it is, and what operators asked for. */
export class Jobs1790004330000 implements MigrationInterface {
  name = 'Jobs1790004330000';

  async up(runner: QueryRunner): Promise<void> {
    for (const sql of JOBS_UP) await runner.query(sql);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const sql of JOBS_DOWN) await runner.query(sql);
  }
}
