import { createHash, createHmac, hkdfSync } from 'node:crypto';

/**
 * Keys that are derived from the one secret of the installation (`SECRETS_KEY`), each for one purpose, so that none of
 * them says anything about another.
 */
export class Secrets {
  private readonly apiKeyDigestKey: Buffer;
  private readonly numberHashKey: Buffer;

  /** @param masterKey 32 bytes */
  constructor(private readonly masterKey: Buffer) {
    this.apiKeyDigestKey = this.derive('api key digest', 32);
    this.numberHashKey = this.derive('number hash', 32);
  }

  /** Bytes for one purpose: HKDF-SHA-256 (RFC 5869) of the master key. */
  derive(purpose: string, length: number): Buffer {
    return Buffer.from(hkdfSync('sha256', this.masterKey, '', `cloudsms ${purpose}`, length));
  }

  /** Keyed digest under which an API key or AUTH_KEY is stored and looked up. */
  digestKey(key: string): Buffer {
    return createHmac('sha256', this.apiKeyDigestKey).update(key).digest();
  }

  /**
   * Keyed hash of a phone number (its E.164 digits without +), as a signed 64-bit integer for a bigint column. The key
   * comes first and the result is truncated, so the plain hash is as good as an HMAC here, at half its cost.
   */
  hashNumber(digits: string): bigint {
    return createHash('sha256').update(this.numberHashKey).update(digits).digest().readBigInt64BE(0);
  }

  /** The key of the sandbox's own API client, operator or account: the same in every process, stored nowhere. */
  sandboxKey(purpose: string): string {
    return this.derive(`sandbox ${purpose}`, 32).toString('base64url');
  }

  /** The AUTH_KEY of a sandbox account that names none: 88 characters, base64 of 64 bytes (protocol.md 3). */
  sandboxAuthKey(account: string): string {
    return this.derive(`sandbox AUTH_KEY ${account}`, 64).toString('base64');
  }
}
