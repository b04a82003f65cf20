import { Injectable } from '@nestjs/common';

import { Secrets } from '../config/secrets.js';
import { Database } from '../database/database.js';
import { findApiKey } from '../database/statements/find-api-key.js';
import type { Caller } from './caller.js';
import { ExpiringCache } from './expiring-cache.js';

/** Milliseconds after which a revoked key is refused by every process, at the latest. */
const MAX_AGE = 2000;
/** Good keys have a store of their own, so that guessing can't push them out. */
const REMEMBERED = 10_000;

/** Knows whose a key is. Answers from memory for two seconds. */
@Injectable()
export class ApiKeys {
  private readonly known = new ExpiringCache<Caller>(MAX_AGE, REMEMBERED);
  private readonly unknown = new ExpiringCache<true>(MAX_AGE, REMEMBERED);
  private readonly looking = new Map<string, Promise<Caller | undefined>>();

  constructor(
    private readonly database: Database,
    private readonly secrets: Secrets,
  ) {}

  /**
   * Whose the key is; undefined when it is unknown, revoked or expired.
   * @throws DatabaseUnavailableError
   */
  async find(key: string): Promise<Caller | undefined> {
    const digest = this.secrets.digestKey(key);
    const name = digest.toString('latin1');
    const caller = this.known.get(name);
    if (caller !== undefined || this.unknown.get(name) === true) return caller;
    const underWay = this.looking.get(name) ?? this.look(name, digest);
    this.looking.set(name, underWay);
    return underWay;
  }

  private async look(name: string, digest: Buffer): Promise<Caller | undefined> {
    try {
      const found = await findApiKey(this.database, digest);
      if (found === undefined) {
        this.unknown.set(name, true);
        return undefined;
      }
      const caller = { appId: found.appId, keyId: found.keyId, scopes: new Set(found.scopes) };
      this.known.set(name, caller);
      return caller;
    } finally {
      this.looking.delete(name);
    }
  }
}
