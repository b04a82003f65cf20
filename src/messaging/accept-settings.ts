import { Injectable } from '@nestjs/common';

import { Config } from '../config/config.js';
import { Secrets } from '../config/secrets.js';

/** What of configuration and keys the accepting of messages needs. */
@Injectable()
export class AcceptSettings {
  constructor(
    private readonly config: Config,
    private readonly secrets: Secrets,
  ) {}

  /** Milliseconds for which a message without `validUntil` stays worth sending. */
  get defaultValidity(): number {
    return this.config.defaultValidity;
  }

  hashNumber(digits: string): bigint {
    return this.secrets.hashNumber(digits);
  }
}
