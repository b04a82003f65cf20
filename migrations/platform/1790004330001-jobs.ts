import type { MigrationInterface, QueryRunner } from 'typeorm';

import { JOBS_DOWN, JOBS_UP } from '../jobs.js';

/** Jobs as rows, as in the gateway. */
export class PlatformJobs1790004330001 implements MigrationInterface {
  name = 'PlatformJobs1790004330001';

  async up(runner: QueryRunner): Promise<void> {
    for (const sql of JOBS_UP) await runner.query(sql);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const sql of JOBS_DOWN) await runner.query(sql);
  }
}
