import { type DynamicModule, Module } from '@nestjs/common';

import type { TlsFiles } from '../config/config.js';
import { CertificateExpiryJob } from './certificate-expiry.job.js';
import { CERTIFICATE_FILES, type CertificateFile, CertificateWatch } from './certificate-watch.js';

/** Until when the certificates are good that a role uses. */
@Module({})
export class CertificatesModule {
  /** @param files what the role uses */
  static register(files: readonly CertificateFile[]): DynamicModule {
    return {
      module: CertificatesModule,
      providers: [CertificateWatch, { provide: CERTIFICATE_FILES, useValue: files }],
    };
  }
}

/** The job that warns of their end, for the one role of each half that runs jobs. */
@Module({ providers: [CertificateExpiryJob] })
export class CertificateExpiryModule {}

/** The files of a certificate and its authority, by the prefix of their variables. */
export function certificateFiles(prefix: string, { cert, ca }: TlsFiles): CertificateFile[] {
  return [
    ...(cert === undefined ? [] : [{ name: `${prefix}_CERT`, file: cert }]),
    ...(ca === undefined ? [] : [{ name: `${prefix}_CA`, file: ca }]),
  ];
}
