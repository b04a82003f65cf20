import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';

import { Secrets } from '../config/secrets.js';
import { Database } from '../database/database.js';
import { createApiKey } from '../database/statements/create-api-key.js';
import { ApplicationError } from '../errors.js';
import { UUID_RANDOM_BYTES, uuidv7 } from '../uuid.js';
import { type Scope, SCOPES } from './api-key.entity.js';

/** Tells a key of ours apart from other secrets, for those who look for leaked ones. */
const PREFIX = 'csk_';
const APP_NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;
const SANDBOX = 'sandbox';

/** The key of the sandbox's own app: the same in every process, stored nowhere. */
export function sandboxApiKey(secrets: Secrets): string {
  return PREFIX + secrets.sandboxKey('api key');
}

/** Whether a text is a scope. */
export function isScope(text: string): text is Scope {
  return (SCOPES as readonly string[]).includes(text);
}

/** Creates apps and their keys. */
@Injectable()
export class AppService {
  constructor(
    private readonly database: Database,
    private readonly secrets: Secrets,
  ) {}

  /**
   * Makes a key for an app, and the app where there is none of that name.
   * @returns the key, which can be shown this once only: its digest is what is stored
   * @throws ApplicationError `invalid_app_name` (malformed)
   */
  async createKey(app: string, name: string, scopes: readonly Scope[]): Promise<string> {
    if (!APP_NAME.test(app)) {
      throw new ApplicationError(
        'malformed',
        'invalid_app_name',
        'The name of an app is 1 to 63 of a-z, 0-9, dot, dash and underscore, and starts with a letter or digit.',
      );
    }
    const key = PREFIX + randomBytes(32).toString('base64url');
    await this.store(app, name, key, scopes);
    return key;
  }

  /** Makes the sandbox's own app and key, with all scopes. Idempotent. */
  async ensureSandbox(): Promise<void> {
    await this.store(SANDBOX, SANDBOX, sandboxApiKey(this.secrets), SCOPES);
  }

  private async store(app: string, name: string, key: string, scopes: readonly Scope[]): Promise<void> {
    const id = uuidv7(Date.now(), randomBytes(UUID_RANDOM_BYTES));
    await createApiKey(this.database, { id, app, name, digest: this.secrets.digestKey(key), scopes });
  }
}
