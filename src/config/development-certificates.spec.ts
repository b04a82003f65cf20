import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { type CertificateFiles, ensureDevelopmentCertificates } from './development-certificates.js';

const dayMs = 86_400_000;
const serverAuth = '1.3.6.1.5.5.7.3.1';
const clientAuth = '1.3.6.1.5.5.7.3.2';

let directory: string;

beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'cloudsms-certificates-'));
});
afterEach(() => fs.rmSync(directory, { recursive: true, force: true }));

const read = (file: string): string => fs.readFileSync(file, 'utf8');
const parse = (file: string): X509Certificate => new X509Certificate(read(file));

function snapshot(): Record<string, string> {
  return Object.fromEntries(fs.readdirSync(directory).map((name) => [name, read(path.join(directory, name))]));
}

/** The names of the files that `act` has changed. */
async function changedBy(act: () => Promise<unknown>): Promise<string[]> {
  const before = snapshot();
  await act();
  const after = snapshot();
  return Object.keys(after).filter((name) => after[name] !== before[name]);
}

/** What the server sees of the client in one mutual TLS connection. */
async function handshake(
  ca: string,
  server: CertificateFiles,
  client: CertificateFiles,
  host: string,
): Promise<string> {
  const options = { ca: read(ca), cert: read(server.cert), key: read(server.key), requestCert: true };
  const listener = tls.createServer({ ...options, rejectUnauthorized: true }).listen(0, host);
  await once(listener, 'listening');
  const accepted = once(listener, 'secureConnection') as Promise<[tls.TLSSocket]>;
  const { port } = listener.address() as AddressInfo;
  const shown = { ca: read(ca), cert: read(client.cert), key: read(client.key) };
  const socket = tls.connect({ host, port, ...shown });
  await once(socket, 'secureConnect');
  const [peer] = await accepted;
  const name = String(peer.getPeerCertificate().subject.CN);
  socket.destroy();
  peer.destroy();
  listener.close();
  return name;
}

it('makes certificates with which both ends authenticate each other', async () => {
  const made = await ensureDevelopmentCertificates(directory);
  await expect(handshake(made.ca, made.platform, made.gatewayClient, '127.0.0.1')).resolves.toBe('CloudSMS gateway');
  await expect(handshake(made.ca, made.callback, made.platformClient, 'localhost')).resolves.toBe(
    'CloudSMS sandbox platform client',
  );
  await expect(handshake(made.ca, made.platform, made.scriptClient, '127.0.0.1')).resolves.toBe('CloudSMS scripts');
});

it('gives each certificate its purpose, its names and its validity', async () => {
  const made = await ensureDevelopmentCertificates(directory);
  const authority = parse(made.ca);
  expect(authority.ca).toBe(true);
  expect(Date.parse(authority.validTo) - Date.now()).toBeGreaterThan(9 * 365 * dayMs);

  const { ca: _ca, ...leaves } = made;
  for (const [name, files] of Object.entries(leaves)) {
    const certificate = parse(files.cert);
    const server = name === 'platform' || name === 'callback';
    expect(certificate.ca).toBe(false);
    expect(certificate.keyUsage).toEqual([server ? serverAuth : clientAuth]);
    expect(certificate.checkIssued(authority)).toBe(true);
    expect(certificate.subjectAltName).toBe(
      server ? 'DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1' : undefined,
    );
    const days = (Date.parse(certificate.validTo) - Date.parse(certificate.validFrom)) / dayMs;
    expect(days).toBe(825);
    expect(fs.statSync(files.key).mode & 0o777).toBe(0o600);
  }
  const serials = Object.values(leaves).map((files) => parse(files.cert).serialNumber);
  expect(new Set(serials).size).toBe(serials.length);
});

it('makes one set for all who start together, and keeps it', async () => {
  const changed = await changedBy(() =>
    Promise.all(Array.from({ length: 3 }, () => ensureDevelopmentCertificates(directory))),
  );
  expect(changed).toHaveLength(12);
  expect(await changedBy(() => ensureDevelopmentCertificates(directory))).toEqual([]);
});

it('renews the certificates a month before they expire, under the same authority', async () => {
  await ensureDevelopmentCertificates(directory);
  const before = new Date(Date.now() + 793 * dayMs);
  expect(await changedBy(() => ensureDevelopmentCertificates(directory, before))).toEqual([]);
  const within = new Date(Date.now() + 796 * dayMs);
  const changed = await changedBy(() => ensureDevelopmentCertificates(directory, within));
  expect(changed).toHaveLength(10);
  expect(changed).not.toContain('ca.pem');
});

it('makes everything anew with a new authority', async () => {
  await ensureDevelopmentCertificates(directory);
  const late = new Date(Date.now() + 3630 * dayMs);
  expect(await changedBy(() => ensureDevelopmentCertificates(directory, late))).toHaveLength(12);
});

it.each([
  ['cut short', (files: CertificateFiles) => fs.truncateSync(files.cert, 100)],
  ['missing', (files: CertificateFiles) => fs.rmSync(files.key)],
  ['mismatched', (files: CertificateFiles) => fs.copyFileSync(path.join(directory, 'callback.key'), files.key)],
])('replaces a pair that is %s, and nothing else', async (_case, damage) => {
  const { platform } = await ensureDevelopmentCertificates(directory);
  damage(platform);
  const changed = await changedBy(() => ensureDevelopmentCertificates(directory));
  expect(changed.sort()).toEqual(['platform.key', 'platform.pem']);
});
