import type { CertificateFiles, DevelopmentCertificates } from '../../src/config/development-certificates.js';

/** File paths of what one end of a mutual TLS connection needs. */
export interface TlsPaths {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** The development certificates as one end has them. */
export function tlsPaths({ ca }: DevelopmentCertificates, { cert, key }: CertificateFiles): TlsPaths {
  return { ca, cert, key };
}
