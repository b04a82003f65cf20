import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

import { ApplicationError } from '../errors.js';
import { Secrets } from './secrets.js';

/** What was sealed can't be opened: damaged, of another purpose, or sealed under another key. */
export class SealBrokenError extends ApplicationError {
  constructor(cause?: unknown) {
    super('internal', 'seal_broken', 'A stored secret can not be opened with the keys of this installation.', {
      cause,
    });
  }
}

/**
 * Port: encrypts what must be stored and read again, such as secrets that we sign with. An enterprise may put its key
 * management in place of the default; `secretStoreContract` in test/support says what it must do.
 */
export abstract class SecretStore {
  /**
   * Encrypts and authenticates bytes. The same bytes sealed twice look different.
   * @param purpose what they are for; they can be opened for nothing else
   */
  abstract seal(plain: Buffer, purpose: string): Promise<Buffer>;

  /**
   * The bytes that were sealed for a purpose.
   * @throws SealBrokenError
   */
  abstract open(sealed: Buffer, purpose: string): Promise<Buffer>;
}

const ALGORITHM = 'aes-256-gcm';
/** First byte of what is sealed, so that another form can come later. */
const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** AES-256-GCM under a key derived from `SECRETS_KEY`: version, nonce, tag, ciphertext. The purpose is authenticated too. */
export class LocalSecretStore extends SecretStore {
  private readonly key: Buffer;

  constructor(secrets: Secrets) {
    super();
    this.key = secrets.derive('secret store', 32);
  }

  override seal(plain: Buffer, purpose: string): Promise<Buffer> {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.key, nonce);
    cipher.setAAD(Buffer.from(purpose));
    const encrypted = Buffer.concat([cipher.update(plain), cipher.final()]);
    return Promise.resolve(Buffer.concat([Buffer.of(VERSION), nonce, cipher.getAuthTag(), encrypted]));
  }

  override async open(sealed: Buffer, purpose: string): Promise<Buffer> {
    await Promise.resolve();
    const head = 1 + NONCE_BYTES + TAG_BYTES;
    if (sealed.length < head || sealed[0] !== VERSION) throw new SealBrokenError();
    const decipher = createDecipheriv(ALGORITHM, this.key, sealed.subarray(1, 1 + NONCE_BYTES));
    decipher.setAAD(Buffer.from(purpose));
    decipher.setAuthTag(sealed.subarray(1 + NONCE_BYTES, head));
    try {
      return Buffer.concat([decipher.update(sealed.subarray(head)), decipher.final()]);
    } catch (error) {
      throw new SealBrokenError(error);
    }
  }
}
