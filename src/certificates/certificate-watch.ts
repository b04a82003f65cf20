import { type BeforeApplicationShutdown, Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import os from 'node:os';
import type { Logger } from 'pino';

import { Database } from '../database/database.js';
import { tellCertificates } from '../database/statements/certificates.js';
import { Loop } from '../loop.js';
import { LOGGER } from '../runtime.module.js';
import { earliestEnd } from './pem-validity.js';

/** Injection token of the files that the role uses. */
export const CERTIFICATE_FILES = Symbol('certificate files');

/** A file of certificates, and the variable of the environment that names it. */
export interface CertificateFile {
  readonly name: string;
  readonly file: string;
}

const HOUR = 3_600_000;

/** Tells the installation, every hour, until when the certificates are good that its role uses: a file may be replaced at any time. */
@Injectable()
export class CertificateWatch implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly loop: Loop;

  constructor(
    private readonly database: Database,
    @Inject(CERTIFICATE_FILES) private readonly files: readonly CertificateFile[],
    @Inject(LOGGER) logger: Logger,
  ) {
    this.loop = new Loop({ name: 'certificate-watch', round: () => this.round(), idle: HOUR, logger });
  }

  onApplicationBootstrap(): void {
    if (this.files.length > 0) this.loop.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.loop.stop();
  }

  /** One round, as the loop does it. */
  async round(): Promise<boolean> {
    const certificates = this.files.map(({ name, file }) => ({ name, notAfter: earliestEnd(file) }));
    await tellCertificates(this.database, os.hostname(), certificates);
    return false;
  }
}
