import type { MigrationInterface, QueryRunner } from 'typeorm';

import { CERTIFICATES_DOWN, CERTIFICATES_UP } from '../certificates.js';

/** How long the certificates in use are good for. */
export class Certificates1790004340000 implements MigrationInterface {
  name = 'Certificates1790004340000';

  async up(runner: QueryRunner): Promise<void> {
    for (const sql of CERTIFICATES_UP) await runner.query(sql);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const sql of CERTIFICATES_DOWN) await runner.query(sql);
  }
}
