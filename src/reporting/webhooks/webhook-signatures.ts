import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';

import { SecretStore } from '../../config/secret-store.js';

const PURPOSE = 'webhook secret';
const SECRET_BYTES = 32;

/** A new secret, as its receiver configures it, and as it is stored. */
export interface NewSecret {
  readonly secret: string;
  readonly sealed: Buffer;
}

/** Secrets and signatures of webhooks, by Standard Webhooks (symmetric, `v1`). */
@Injectable()
export class WebhookSignatures {
  constructor(private readonly secrets: SecretStore) {}

  /** Makes a secret; whoever asks shows it once. */
  async create(): Promise<NewSecret> {
    const secret = `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
    return { secret, sealed: await this.secrets.seal(Buffer.from(secret), PURPOSE) };
  }

  /**
   * The headers of an attempt, signed with each secret, so that a receiver may know either.
   *
   * @param id the same for all attempts of a delivery
   * @param at real time of this attempt, milliseconds: receivers refuse what is old
   * @throws SealBrokenError
   */
  async headers(sealed: readonly Buffer[], id: string, at: number, payload: string): Promise<Record<string, string>> {
    const time = new Date(at);
    const signatures: string[] = [];
    for (const secret of sealed) {
      const opened = await this.secrets.open(secret, PURPOSE);
      signatures.push(new Webhook(opened.toString()).sign(id, time, payload));
    }
    return {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at / 1000)),
      'webhook-signature': signatures.join(' '),
    };
  }
}
