import { createHmac, hash, hkdfSync } from 'node:crypto';

const KEY_BYTES = 32;
/** Longer than any number, in bytes of UTF-8. */
const MAX_DIGITS = 96;

/**
 * Keys that are derived from the one secret of the installation (`SECRETS_KEY`), each for one purpose, so that none of
 * them says anything about another.
 */
export class Secrets {
  private readonly apiKeyDigestKey: Buffer;
  /** The key of number hashes, and behind it room for the digits. */
  private readonly keyed: Buffer;
  private readonly hashed = Buffer.alloc(8);

  /** @param masterKey 32 bytes */
  constructor(private readonly masterKey: Buffer) {
    this.apiKeyDigestKey = this.derive('api key digest', 32);
    this.keyed = Buffer.concat([this.derive('number hash', KEY_BYTES), Buffer.alloc(MAX_DIGITS)]);
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
   * comes first and the result is truncated, so the plain hash is as good as an HMAC here, at half its cost. In one call and
   * by a text, it costs a quarter of what a Hash object and its buffers do.
   */
  hashNumber(digits: string): bigint {
    const input = this.keyedDigits(digits);
    this.hashed.write(hash('sha256', input, 'binary'), 'binary');
    return this.hashed.readBigInt64BE(0);
  }

  private keyedDigits(digits: string): Buffer {
    if (digits.length * 3 <= MAX_DIGITS) return this.keyed.subarray(0, KEY_BYTES + this.keyed.write(digits, KEY_BYTES));
    return Buffer.concat([this.keyed.subarray(0, KEY_BYTES), Buffer.from(digits)]);
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
