import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pino } from 'pino';

import { CertificateExpiryJob } from '../../src/certificates/certificate-expiry.job.js';
import { CertificateWatch } from '../../src/certificates/certificate-watch.js';
import { certificateFiles } from '../../src/certificates/certificates.module.js';
import { createCertificateAuthority, issueCertificate } from '../../src/config/certificate-authority.js';
import { JobMetrics } from '../../src/observability/jobs/job-metrics.js';
import { metricsText } from '../../src/observability/metrics.js';
import { Database } from '../../src/database/database.js';
import { createTestDatabase, type TestDatabase } from '../support/databases.js';

const DAY = 86_400_000;
/** What `issueCertificate` gives. */
const VALIDITY = 824 * DAY;

let template: TestDatabase;
let database: Database;
let directory: string;
const logged: string[] = [];
const logger = pino({ level: 'warn' }, { write: (line: string) => void logged.push(line) });

/** A file of a certificate that ends in so many days. */
async function certificate(name: string, daysLeft: number): Promise<string> {
  const issued = new Date(Date.now() - VALIDITY + daysLeft * DAY + DAY / 2);
  const authority = await createCertificateAuthority('test', issued);
  const { cert } = await issueCertificate(authority, { commonName: name, purpose: 'server' }, issued);
  const file = path.join(directory, `${name}.pem`);
  fs.writeFileSync(file, cert);
  return file;
}

const watchOf = (cert: string, ca: string) =>
  new CertificateWatch(database, certificateFiles('UIP', { cert, ca }), logger);

beforeAll(async () => {
  template = await createTestDatabase('gateway');
  database = new Database({ url: template.url, connections: 2, name: 'test' });
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'cloudsms-certificates-'));
});
afterAll(async () => {
  await database.close();
  await template.drop();
  fs.rmSync(directory, { recursive: true, force: true });
});

async function daysLeft(): Promise<Record<string, number>> {
  await new JobMetrics(database, logger).refresh();
  const samples = (await metricsText()).matchAll(/^cloudsms_certificate_days_left\{certificate="(\w+)".*\} (\S+)$/gm);
  return Object.fromEntries([...samples].map(([, name = '', days]) => [name, Math.floor(Number(days))]));
}

test('certificates in use are told of; those that end within 30 days, have ended or can not be read are warned of', async () => {
  const job = new CertificateExpiryJob(database, logger);
  expect(await job.run()).toEqual({ text: '0 certificates', warning: false });

  const [cert, ca] = [await certificate('own', 200), await certificate('authority', 31)];
  await watchOf(cert, ca).round();
  expect(await job.run()).toEqual({ text: '2 certificates, all good for 31 days at least', warning: false });
  expect([await daysLeft(), logged]).toEqual([{ UIP_CERT: 200, UIP_CA: 31 }, []]);

  // The file is replaced while the process runs.
  fs.copyFileSync(await certificate('other', 29), cert);
  fs.appendFileSync(cert, fs.readFileSync(ca));
  fs.writeFileSync(ca, 'nothing');
  await watchOf(cert, ca).round();
  const { text, warning } = await job.run();
  expect([text, warning]).toEqual(['2 certificates; UIP_CA can not be read, UIP_CERT ends in 29 days', true]);
  expect(logged.map((line) => (JSON.parse(line) as { certificate: string; days: number | null }).days)).toEqual([
    null,
    29,
  ]);
  expect(await daysLeft()).toEqual({ UIP_CERT: 29, UIP_CA: -1 });
});
