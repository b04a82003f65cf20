import { X509Certificate } from 'node:crypto';
import fs from 'node:fs';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The earliest end of the certificates that a PEM file holds; undefined where it can't be read or holds none. */
export function earliestEnd(file: string): Date | undefined {
  try {
    const ends = (fs.readFileSync(file, 'utf8').match(CERTIFICATE) ?? []).map((pem) =>
      Date.parse(new X509Certificate(pem).validTo),
    );
    return ends.length === 0 ? undefined : new Date(Math.min(...ends));
  } catch {
    return undefined;
  }
}
