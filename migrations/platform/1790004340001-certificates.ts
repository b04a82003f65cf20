import type { MigrationInterface, QueryRunner } from 'typeorm';

import { CERTIFICATES_DOWN, CERTIFICATES_UP } from '../certificates.js';

/** How long the certificates in use are good for. */
export class PlatformCertificates1790004340001 implements MigrationInterface {
  name = 'PlatformCertificates1790004340001';

  async up(runner: QueryRunner): Promise<void> {
    for (const sql of CERTIFICATES_UP) await runner.query(sql);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const sql of CERTIFICATES_DOWN) await runner.query(sql);
  }
}
