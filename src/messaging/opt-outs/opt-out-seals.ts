import { Injectable } from '@nestjs/common';

import { SecretStore } from '../../config/secret-store.js';
import { Secrets } from '../../config/secrets.js';
import type { PhoneNumber } from '../domain/phone-number.js';

const PURPOSE = 'opt-out';

/** How the numbers of those who want to be left alone are kept: by their keyed hash, and sealed. */
@Injectable()
export class OptOutSeals {
  constructor(
    private readonly secrets: Secrets,
    private readonly store: SecretStore,
  ) {}

  /** The hash by which a number is found. */
  hash({ e164 }: PhoneNumber): bigint {
    return this.secrets.hashNumber(e164.slice(1));
  }

  /** A number, sealed for an export. */
  seal(e164: string): Promise<Buffer> {
    return this.store.seal(Buffer.from(e164), PURPOSE);
  }

  /** @throws SealBrokenError */
  async open(sealed: Buffer): Promise<string> {
    return (await this.store.open(sealed, PURPOSE)).toString();
  }
}
