import { createPrivateKey, X509Certificate } from 'node:crypto';
import fs from 'node:fs';

import type { TlsFiles } from '../../config/config.js';
import { type Finding, Findings } from './finding.js';
import type { Installation } from './installation.js';

const DAY = 86_400_000;
/** Days before its end at which a certificate should be renewed. */
const SOON = 30;
const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The certificates that the roles here use: readable, of their key, and for how long they are good. */
export function checkCertificates({ config, tls }: Installation): Finding[] {
  const findings = new Findings('certificates');
  const { roles, api, callback } = config;
  if (roles.has('worker')) checkFiles('UIP', tls.uip, findings);
  if (roles.has('callback') && callback.tls) checkFiles('CALLBACK', tls.callback, findings);
  if (roles.has('api') && api.tls !== undefined) checkFiles('API_TLS', api.tls, findings);
  return findings.all;
}

/**
 * How long a certificate is good, as a finding.
 * @param now milliseconds
 */
export function checkDates(name: string, certificate: X509Certificate, findings: Findings, now: number): void {
  const days = Math.floor((Date.parse(certificate.validTo) - now) / DAY);
  const until = new Date(certificate.validTo).toISOString().slice(0, 10);
  if (now < Date.parse(certificate.validFrom)) {
    findings.fail(`${name} is not valid yet`, 'wait, or look at the clock of this machine');
  } else if (days < 0) findings.fail(`${name} has expired on ${until}`, 'renew it now: connections are refused');
  else if (days < SOON) findings.warn(`${name}: ${days} days left, until ${until}`, 'renew it');
  else findings.ok(`${name}: ${days} days left, until ${until}`);
}

function checkFiles(prefix: string, { cert, key, ca }: TlsFiles, findings: Findings): void {
  const now = Date.now();
  const certificate = first(`${prefix}_CERT`, cert, findings);
  if (certificate !== undefined) {
    checkDates(`${prefix}_CERT`, certificate, findings, now);
    checkKey(prefix, certificate, key, findings);
    if (prefix === 'UIP') findings.ok(`UIP_CERT has the SHA-256 fingerprint ${certificate.fingerprint256}`);
  }
  if (ca === undefined) return;
  for (const authority of certificatesIn(`${prefix}_CA`, ca, findings)) {
    checkDates(`${prefix}_CA (${commonName(authority)})`, authority, findings, now);
  }
}

function first(variable: string, file: string | undefined, findings: Findings): X509Certificate | undefined {
  if (file === undefined) {
    findings.fail(`${variable} is not set`, 'name a PEM file');
    return undefined;
  }
  return certificatesIn(variable, file, findings)[0];
}

function certificatesIn(variable: string, file: string, findings: Findings): X509Certificate[] {
  try {
    const found = fs.readFileSync(file, 'utf8').match(PEM) ?? [];
    if (found.length === 0) findings.fail(`${variable}: there is no certificate in the file`, 'name a PEM file');
    return found.map((text) => new X509Certificate(text));
  } catch (error) {
    const { code = 'damaged' } = error as NodeJS.ErrnoException;
    findings.fail(`${variable} can not be read (${code})`, 'name a PEM file that this user may read');
    return [];
  }
}

function checkKey(prefix: string, certificate: X509Certificate, file: string | undefined, findings: Findings): void {
  try {
    if (file !== undefined && certificate.checkPrivateKey(createPrivateKey(fs.readFileSync(file)))) return;
    findings.fail(`${prefix}_KEY is not the key of ${prefix}_CERT`, 'name the pair that belongs together');
  } catch (error) {
    const { code = 'damaged' } = error as NodeJS.ErrnoException;
    findings.fail(
      `${prefix}_KEY can not be read (${code})`,
      'name a PEM file that this user may read, without passphrase',
    );
  }
}

const commonName = ({ subject }: X509Certificate): string => /CN=(.*)/.exec(subject)?.[1] ?? 'without a name';
