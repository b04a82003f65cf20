import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { randomBytes } from 'node:crypto';
import { type EntityManager, MoreThan, Repository } from 'typeorm';

import { Secrets } from '../config/secrets.js';
import { ApplicationError } from '../errors.js';
import { Cursors, type Page, type PageQuery, type Position } from '../rest/page.js';
import { isUuidv7, UUID_RANDOM_BYTES, uuidv7 } from '../uuid.js';
import { newApiKey } from './api-key.js';
import { ApiKey } from './api-key.entity.js';
import type { CreateKeyDto, RotateKeyDto } from './app.dto.js';
import { findApp } from './app.service.js';
import { apiKeyView, type ApiKeyView, NewApiKeyView } from './app.view.js';
import { ApiKeys } from './api-keys.service.js';
import { type Change, type ChangeRequest, Changes } from './changes.service.js';

/** Milliseconds for which a rotated key stays good, where the caller does not say. */
const OVERLAP = 24 * 3_600_000;
const MAX_OVERLAP = 30 * OVERLAP;

const cursors = new Cursors(
  'keys',
  (position: Position): position is [string] => typeof position[0] === 'string' && isUuidv7(position[0]),
);

/** The keys of apps: shown once, stored as digests. */
@Injectable()
export class KeyService {
  constructor(
    @InjectRepository(ApiKey) private readonly keys: Repository<ApiKey>,
    private readonly changes: Changes,
    private readonly known: ApiKeys,
    private readonly secrets: Secrets,
  ) {}

  /**
   * Makes a key of an app. Returns the JSON text of its view, the key included.
   * @throws AppNotFoundError, ApplicationError `invalid_expiry` (rule)
   */
  create(request: ChangeRequest, appId: string, dto: CreateKeyDto): Promise<string> {
    return this.changes.create(request, async (change) => {
      const app = await findApp(change.manager, appId);
      const expiresAt = dto.expiresAt === undefined ? null : futureTime('expiresAt', dto.expiresAt, change.now);
      const wanted = { appId: app.id, name: dto.name, scopes: dto.scopes };
      const { key, view } = await this.issue(change, wanted, expiresAt);
      await change.audit({ action: 'key.created', id: view.id, after: view });
      return newKeyView(view, key);
    });
  }

  /**
   * Keys of an app, oldest first, those that are revoked or expired included.
   * @throws AppNotFoundError
   */
  async list(appId: string, { limit, cursor }: PageQuery): Promise<Page<ApiKeyView>> {
    const app = await findApp(this.keys.manager, appId);
    const [after] = cursors.decode(cursor) ?? [];
    const rows = await this.keys.find({
      where: { appId: app.id, ...(after === undefined ? {} : { id: MoreThan(after) }) },
      order: { id: 'ASC' },
      take: limit + 1,
    });
    return cursors.page(rows, limit, ({ id }) => [id], apiKeyView);
  }

  /**
   * Makes a key with the name and scopes of an old one, which stays good for a while. Returns the JSON text of the new one.
   * @throws ApplicationError `key_not_found`, `key_revoked` (conflict), `invalid_expiry` (rule)
   */
  async rotate(request: ChangeRequest, appId: string, id: string, dto: RotateKeyDto): Promise<string> {
    const text = await this.changes.create(request, async (change) => {
      const old = await findKey(change.manager, appId, id);
      if (isDead(old, change.now)) {
        throw new ApplicationError('conflict', 'key_revoked', 'The key is revoked or has expired: make a new one.');
      }
      const before = apiKeyView(old);
      const { key, view } = await this.issue(change, old, null);
      const until = overlapEnd(dto.oldKeyValidUntil, change.now);
      old.expiresAt = old.expiresAt !== null && old.expiresAt < until ? old.expiresAt : until;
      await change.manager.update(ApiKey, { id: old.id }, { expiresAt: old.expiresAt });
      await change.audit({ action: 'key.created', id: view.id, after: view });
      await change.audit({ action: 'key.rotated', id: old.id, before, after: apiKeyView(old) });
      return newKeyView(view, key);
    });
    this.known.forget();
    return text;
  }

  /**
   * Ends a key: other processes refuse it within two seconds, this one at once. To revoke a revoked key changes nothing.
   * @throws ApplicationError `key_not_found`
   */
  async revoke(request: ChangeRequest, appId: string, id: string): Promise<ApiKeyView> {
    const view = await this.changes.make(request, async (change) => {
      const key = await findKey(change.manager, appId, id);
      const before = apiKeyView(key);
      key.revokedAt ??= new Date(change.now);
      await change.manager.update(ApiKey, { id: key.id }, { revokedAt: key.revokedAt });
      const after = apiKeyView(key);
      await change.audit({ action: 'key.revoked', id: key.id, before, after });
      return after;
    });
    this.known.forget();
    return view;
  }

  private async issue(
    change: Change,
    { appId, name, scopes }: Pick<ApiKey, 'appId' | 'name' | 'scopes'>,
    expiresAt: Date | null,
  ): Promise<{ key: string; view: ApiKeyView }> {
    const key = newApiKey();
    const row = Object.assign(new ApiKey(), {
      id: uuidv7(Date.now(), randomBytes(UUID_RANDOM_BYTES)),
      appId,
      name,
      scopes,
      digest: this.secrets.digestKey(key),
      createdAt: new Date(change.now),
      expiresAt,
      revokedAt: null,
    });
    await change.manager.insert(ApiKey, row);
    return { key, view: apiKeyView(row) };
  }
}

/** With the key: the only time that it is shown. */
function newKeyView(view: ApiKeyView, key: string): NewApiKeyView {
  return Object.assign(new NewApiKeyView(), view, { key });
}

/** The key of an app, locked until the transaction ends. */
async function findKey(manager: EntityManager, appId: string, id: string): Promise<ApiKey> {
  const app = await findApp(manager, appId);
  const key = isUuidv7(id)
    ? await manager.findOne(ApiKey, { where: { id, appId: app.id }, lock: { mode: 'pessimistic_write' } })
    : null;
  if (key === null) throw new ApplicationError('not_found', 'key_not_found', 'The app has no such key.');
  return key;
}

function isDead({ revokedAt, expiresAt }: ApiKey, now: number): boolean {
  return revokedAt !== null || (expiresAt !== null && expiresAt.getTime() <= now);
}

function overlapEnd(asked: string | undefined, now: number): Date {
  if (asked === undefined) return new Date(now + OVERLAP);
  const time = futureTime('oldKeyValidUntil', asked, now);
  if (time.getTime() > now + MAX_OVERLAP) throw invalidExpiry('oldKeyValidUntil', 'must be within 30 days from now');
  return time;
}

function futureTime(field: string, text: string, now: number): Date {
  const time = new Date(text);
  if (time.getTime() > now) return time;
  throw invalidExpiry(field, 'must be later than now');
}

function invalidExpiry(field: string, rule: string): ApplicationError {
  return new ApplicationError('rule', 'invalid_expiry', `${field} ${rule}.`, { faults: [{ field, rule }] });
}
