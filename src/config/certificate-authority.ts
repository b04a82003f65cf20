// @peculiar/x509 finds its algorithms by dependency injection, which needs the metadata in place first.
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { createPrivateKey, KeyObject, randomBytes, webcrypto, X509Certificate } from 'node:crypto';

/** A certificate and its private key (PKCS #8), both PEM. */
export interface CertificatePair {
  cert: string;
  key: string;
}

/** Who a certificate is for, and at which end of the connection it is shown. */
export interface CertificateRequest {
  commonName: string;
  /** A server's certificate carries localhost, 127.0.0.1 and ::1. */
  purpose: 'server' | 'client';
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const dayMs = 86_400_000;
const authorityDays = 3650;
/** 825 days is the most that Apple's TLS takes for a certificate of a private authority. */
const leafDays = 825;
const renewalDays = 30;

/** A name with DN characters (comma, plus ...) needs no escaping in this form. */
const nameOf = (commonName: string): x509.JsonName => [{ CN: [commonName] }];

/** RFC 5280, 4.1.2.2: positive, at most 20 octets, from a good source of randomness. */
function randomSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString('hex');
}

/** Valid from a day ago, so that a clock which runs behind takes it. */
function validity(now: Date, days: number): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(now.getTime() - dayMs), notAfter: new Date(now.getTime() + (days - 1) * dayMs) };
}

async function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

function toPair(certificate: x509.X509Certificate, keys: webcrypto.CryptoKeyPair): CertificatePair {
  const key = KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' });
  return { cert: `${certificate.toString('pem')}\n`, key: key.toString() };
}

/** A new self-signed authority (EC P-256), valid for ten years, that may sign end certificates only. */
export async function createCertificateAuthority(commonName: string, now: Date): Promise<CertificatePair> {
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: randomSerial(),
    name: nameOf(commonName),
    ...validity(now, authorityDays),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return toPair(certificate, keys);
}

async function leafExtensions(
  request: CertificateRequest,
  publicKey: webcrypto.CryptoKey,
  issuer: x509.X509Certificate,
): Promise<x509.Extension[]> {
  const server = request.purpose === 'server';
  const usage = server ? x509.ExtendedKeyUsage.serverAuth : x509.ExtendedKeyUsage.clientAuth;
  const extensions = [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension([usage]),
    await x509.SubjectKeyIdentifierExtension.create(publicKey),
    await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
  ];
  if (!server) return extensions;
  const names: x509.JsonGeneralNames = [
    { type: 'dns', value: 'localhost' },
    { type: 'ip', value: '127.0.0.1' },
    { type: 'ip', value: '::1' },
  ];
  return [...extensions, new x509.SubjectAlternativeNameExtension(names)];
}

/** A new key (EC P-256) and a certificate for it, signed by `authority`, valid for 825 days. */
export async function issueCertificate(
  authority: CertificatePair,
  request: CertificateRequest,
  now: Date,
): Promise<CertificatePair> {
  const issuer = new x509.X509Certificate(authority.cert);
  const pkcs8 = createPrivateKey(authority.key).export({ type: 'pkcs8', format: 'der' });
  const signingKey = await webcrypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign']);
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: randomSerial(),
    subject: nameOf(request.commonName),
    issuer: issuer.subjectName,
    ...validity(now, leafDays),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey,
    extensions: await leafExtensions(request, keys.publicKey, issuer),
  });
  return toPair(certificate, keys);
}

/** Whether a pair can be read, fits together, is signed by `authority` and stays valid for another 30 days. */
export function isUsable(pair: CertificatePair | undefined, authority: CertificatePair, now: Date): boolean {
  if (pair === undefined) return false;
  try {
    const certificate = new X509Certificate(pair.cert);
    const issuer = new X509Certificate(authority.cert);
    return (
      certificate.checkPrivateKey(createPrivateKey(pair.key)) &&
      certificate.checkIssued(issuer) &&
      certificate.verify(issuer.publicKey) &&
      Date.parse(certificate.validTo) - now.getTime() > renewalDays * dayMs
    );
  } catch {
    // Not PEM, cut short, or of another kind: to be made anew.
    return false;
  }
}
