import { Injectable } from '@nestjs/common';
import { hash } from 'node:crypto';

import { Clock } from '../clock/clock.js';
import { Secrets } from '../config/secrets.js';
import { Database } from '../database/database.js';
import { findApiKey } from '../database/statements/find-api-key.js';
import type { KeyHolder } from './caller.js';
import { ExpiringCache } from './expiring-cache.js';

/** Milliseconds after which a revoked key is refused by every process, at the latest. */
const MAX_AGE = 2000;
/** Good keys have a store of their own, so that guessing can't push them out. */
const REMEMBERED = 10_000;

/** Knows whose a key is. Answers from memory for two seconds. */
@Injectable()
export class ApiKeys {
  private readonly known = new ExpiringCache<KeyHolder>(MAX_AGE, REMEMBERED);
  private readonly unknown = new ExpiringCache<true>(MAX_AGE, REMEMBERED);
  private readonly looking = new Map<string, Promise<KeyHolder | undefined>>();
  private generation = 0;

  constructor(
    private readonly database: Database,
    private readonly secrets: Secrets,
    private readonly clock: Clock,
  ) {}

  /** Asks the database again at the next question: after a change by this process. */
  forget(): void {
    this.known.clear();
    this.unknown.clear();
    this.looking.clear();
    // What is being read may be from before the change.
    this.generation += 1;
  }

  /**
   * Whose the key is; undefined when it is unknown, revoked or expired.
   * @throws DatabaseUnavailableError
   */
  async find(key: string): Promise<KeyHolder | undefined> {
    // What memory remembers a key by: the keyed digest, by which it is stored, costs eight times as much.
    const name = hash('sha256', key, 'base64');
    const caller = this.known.get(name);
    if (caller !== undefined || this.unknown.get(name) === true) return caller;
    const underWay = this.looking.get(name) ?? this.look(name, key);
    this.looking.set(name, underWay);
    return underWay;
  }

  private async look(name: string, key: string): Promise<KeyHolder | undefined> {
    const { generation } = this;
    try {
      const found = await findApiKey(this.database, this.secrets.digestKey(key), this.clock.now());
      if (found === undefined) {
        if (generation === this.generation) this.unknown.set(name, true);
        return undefined;
      }
      const { keyId, appId, scopes, ...policy } = found;
      const holder = { keyId, appId, scopes: new Set(scopes), policy };
      if (generation === this.generation) this.known.set(name, holder);
      return holder;
    } finally {
      if (generation === this.generation) this.looking.delete(name);
    }
  }
}
