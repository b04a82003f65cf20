import path from 'node:path';

import { type Config, ConfigError, type TlsFiles } from '../config/config.js';
import {
  type CertificateFiles,
  type DevelopmentCertificates,
  ensureDevelopmentCertificates,
} from '../config/development-certificates.js';
import { readPemFile } from '../config/pem-file.js';
import type { TlsMaterial } from '../runtime.js';

/** The certificates of this process, and one for scripts where we make them ourselves. */
export interface PreparedTls {
  readonly material: TlsMaterial;
  /** A client that the platform and the callback listener trust; undefined in production. */
  readonly script: Required<TlsFiles> | undefined;
}

/**
 * The certificates that the environment names, and in the sandbox development ones for the rest.
 * @throws ConfigError, ApplicationError in lines that say what to do
 */
export async function prepareTls(config: Config): Promise<PreparedTls> {
  const own = config.sandbox
    ? await ensureDevelopmentCertificates(path.join(config.dataDir, 'certificates'))
    : undefined;
  const take = (prefix: string, files: TlsFiles, pair: CertificateFiles | undefined) =>
    complete(prefix, files, pair, own);
  return {
    material: {
      callback: take('CALLBACK', config.callback.files, own?.callback),
      platform: take('PLATFORM', config.platform.files, own?.platform),
      uipClient: take('UIP', config.uip.files, own?.gatewayClient),
      pushClient: take('PLATFORM_PUSH', config.platform.pushFiles, own?.platformClient),
    },
    script: own && { ca: own.ca, ...own.scriptClient },
  };
}

function complete(
  prefix: string,
  files: TlsFiles,
  pair: CertificateFiles | undefined,
  own: DevelopmentCertificates | undefined,
): TlsFiles {
  if ((files.cert === undefined) !== (files.key === undefined)) {
    throw new ConfigError([`${prefix}_CERT and ${prefix}_KEY must be set together`]);
  }
  for (const member of ['cert', 'key', 'ca'] as const) {
    if (files[member] !== undefined) readPemFile(files[member], `${prefix}_${member.toUpperCase()}`);
  }
  return { cert: files.cert ?? pair?.cert, key: files.key ?? pair?.key, ca: files.ca ?? own?.ca };
}
