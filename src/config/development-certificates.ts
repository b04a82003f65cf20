import fs from 'node:fs';
import path from 'node:path';
import {
  createCertificateAuthority,
  isUsable,
  issueCertificate,
  type CertificatePair,
} from './certificate-authority.js';
import { withFileLock } from './file-lock.js';
import { readIfExists, writePrivateFile } from './private-file.js';

/** File paths of a certificate and its private key, both PEM. */
export interface CertificateFiles {
  cert: string;
  key: string;
}

/** File paths of everything that the sandbox needs for mutual TLS, all signed by one authority. */
export interface DevelopmentCertificates {
  /** Certificate of the authority: what every listener and client trusts. */
  ca: string;
  /** Server certificate of the platform. */
  platform: CertificateFiles;
  /** Server certificate of the gateway's callback listener. */
  callback: CertificateFiles;
  /** Client certificate that the gateway shows to the platform. */
  gatewayClient: CertificateFiles;
  /** Client certificate that the platform shows to the callback listener. */
  platformClient: CertificateFiles;
  /** Client certificate for scripts: platform and callback listener trust it. */
  scriptClient: CertificateFiles;
}

const leaves = [
  { file: 'platform', commonName: 'CloudSMS sandbox platform', purpose: 'server' },
  { file: 'callback', commonName: 'CloudSMS gateway callback', purpose: 'server' },
  { file: 'gateway-client', commonName: 'CloudSMS gateway', purpose: 'client' },
  { file: 'platform-client', commonName: 'CloudSMS sandbox platform client', purpose: 'client' },
  { file: 'script-client', commonName: 'CloudSMS scripts', purpose: 'client' },
] as const;

/**
 * Makes what is missing in `directory` and renews what is unreadable, mismatched or expires within 30 days; a new
 * authority renews everything. Keys are readable by the program's user only. Programs that start together share one result.
 *
 * @param now the time that expiry is measured against
 * @throws ApplicationError `lock_timeout` (unavailable) when another program blocks the directory
 */
export async function ensureDevelopmentCertificates(
  directory: string,
  now = new Date(),
): Promise<DevelopmentCertificates> {
  fs.mkdirSync(directory, { recursive: true });
  if (!complete(directory, now)) {
    await withFileLock(path.join(directory, 'certificates.lock'), () => renew(directory, now));
  }
  return developmentCertificates(directory);
}

/** Where the development certificates of this directory are, or would be. */
export function developmentCertificates(directory: string): DevelopmentCertificates {
  return {
    ca: filesOf(directory, 'ca').cert,
    platform: filesOf(directory, 'platform'),
    callback: filesOf(directory, 'callback'),
    gatewayClient: filesOf(directory, 'gateway-client'),
    platformClient: filesOf(directory, 'platform-client'),
    scriptClient: filesOf(directory, 'script-client'),
  };
}

function filesOf(directory: string, name: 'ca' | (typeof leaves)[number]['file']): CertificateFiles {
  return { cert: path.join(directory, `${name}.pem`), key: path.join(directory, `${name}.key`) };
}

function readPair({ cert, key }: CertificateFiles): CertificatePair | undefined {
  const certificate = readIfExists(cert);
  const privateKey = readIfExists(key);
  return certificate === undefined || privateKey === undefined ? undefined : { cert: certificate, key: privateKey };
}

/** The key goes first: a certificate without its key is the state that a reader notices. */
function writePair(files: CertificateFiles, pair: CertificatePair): void {
  writePrivateFile(files.key, pair.key);
  writePrivateFile(files.cert, pair.cert, 0o644);
}

function complete(directory: string, now: Date): boolean {
  const authority = readPair(filesOf(directory, 'ca'));
  return (
    authority !== undefined &&
    isUsable(authority, authority, now) &&
    leaves.every((leaf) => isUsable(readPair(filesOf(directory, leaf.file)), authority, now))
  );
}

async function renew(directory: string, now: Date): Promise<void> {
  let authority = readPair(filesOf(directory, 'ca'));
  if (authority === undefined || !isUsable(authority, authority, now)) {
    authority = await createCertificateAuthority('CloudSMS development authority', now);
    writePair(filesOf(directory, 'ca'), authority);
  }
  for (const { file, commonName, purpose } of leaves) {
    const files = filesOf(directory, file);
    if (isUsable(readPair(files), authority, now)) continue;
    writePair(files, await issueCertificate(authority, { commonName, purpose }, now));
  }
}
