import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { randomBytes } from 'node:crypto';
import { type EntityManager, MoreThan, Repository } from 'typeorm';

import { type ChangeRequest, Changes } from '../../apps/changes.service.js';
import { Clock } from '../../clock/clock.js';
import { Config } from '../../config/config.js';
import { ApplicationError } from '../../errors.js';
import { Cursors, type Page, type PageQuery, type Position } from '../../rest/page.js';
import { isUuidv7, UUID_RANDOM_BYTES, uuidv7 } from '../../uuid.js';
import { webhookUrlFault } from '../domain/webhook-url.js';
import { webhookUrlRules } from './webhook-addresses.js';
import type { ChangeWebhookDto, CreateWebhookDto, RotateSecretDto } from './webhook.dto.js';
import { WebhookEndpoint } from './webhook-endpoint.entity.js';
import { WebhookSecretView, webhookView, type WebhookView } from './webhook.view.js';
import { WebhookSignatures } from './webhook-signatures.js';

/** Endpoints of an app at the most. */
const MAX_ENDPOINTS = 20;
const OVERLAP = 24 * 3_600_000;
const MAX_OVERLAP = 30 * 24 * 3_600_000;

const cursors = new Cursors(
  'webhooks',
  (position: Position): position is [string] => typeof position[0] === 'string' && isUuidv7(position[0]),
);

/** The app has no such endpoint. Whether another's has is not said. */
export class WebhookNotFoundError extends ApplicationError {
  constructor() {
    super('not_found', 'webhook_not_found', 'There is no such webhook endpoint.');
  }
}

/** The endpoints of an app. */
@Injectable()
export class Webhooks {
  private readonly rules: ReturnType<typeof webhookUrlRules>;

  constructor(
    @InjectRepository(WebhookEndpoint) private readonly endpoints: Repository<WebhookEndpoint>,
    private readonly changes: Changes,
    private readonly signatures: WebhookSignatures,
    private readonly clock: Clock,
    config: Config,
  ) {
    this.rules = webhookUrlRules(config);
  }

  /**
   * Makes an endpoint, which is told of what happens from now on. Returns JSON text, with the secret.
   * @throws ApplicationError `webhook_url_refused`, `too_many_webhooks` (rule)
   */
  async create(request: ChangeRequest, dto: CreateWebhookDto): Promise<string> {
    this.checkUrl(dto.url);
    const { appId } = request.caller;
    const { secret, sealed } = await this.signatures.create();
    return this.changes.create(request, async (change) => {
      if ((await change.manager.countBy(WebhookEndpoint, { appId })) >= MAX_ENDPOINTS)
        throw new ApplicationError('rule', 'too_many_webhooks', `An app may have ${MAX_ENDPOINTS} endpoints.`);
      const endpoint = Object.assign(new WebhookEndpoint(), {
        id: uuidv7(Date.now(), randomBytes(UUID_RANDOM_BYTES)),
        appId,
        url: dto.url,
        description: dto.description ?? '',
        eventTypes: dto.eventTypes ?? null,
        clearNumbers: dto.numbers === 'clear',
        enabled: dto.enabled ?? true,
        secret: sealed,
        oldSecret: null,
        oldSecretUntil: null,
        position: await newestOf(change.manager, appId),
        failingSince: null,
        createdAt: new Date(change.now),
      });
      await change.manager.insert(WebhookEndpoint, endpoint);
      const view = webhookView(endpoint, change.now);
      await change.audit({ action: 'webhook.created', id: endpoint.id, after: view });
      return Object.assign(new WebhookSecretView(), view, { secret });
    });
  }

  /** Oldest first. */
  async list(appId: number, { limit, cursor }: PageQuery): Promise<Page<WebhookView>> {
    const [after] = cursors.decode(cursor) ?? [];
    const rows = await this.endpoints.find({
      where: { appId, ...(after === undefined ? {} : { id: MoreThan(after) }) },
      order: { id: 'ASC' },
      take: limit + 1,
    });
    const now = this.clock.now();
    return cursors.page(
      rows,
      limit,
      ({ id }) => [id],
      (row) => webhookView(row, now),
    );
  }

  /** @throws WebhookNotFoundError */
  async find(appId: number, id: string): Promise<WebhookView> {
    const endpoint = isUuidv7(id) ? await this.endpoints.findOneBy({ id, appId }) : null;
    if (endpoint === null) throw new WebhookNotFoundError();
    return webhookView(endpoint, this.clock.now());
  }

  /**
   * Changes what the request names. An endpoint that is enabled again is told of what happens from then on.
   * @throws WebhookNotFoundError, ApplicationError `webhook_url_refused` (rule)
   */
  async change(request: ChangeRequest, id: string, dto: ChangeWebhookDto): Promise<WebhookView> {
    if (dto.url !== undefined) this.checkUrl(dto.url);
    return this.changes.make(request, async (change) => {
      const endpoint = await lockEndpoint(change.manager, request.caller.appId, id);
      const before = webhookView(endpoint, change.now);
      const { numbers, eventTypes, enabled, ...rest } = dto;
      const changes: Partial<WebhookEndpoint> = {
        ...rest,
        ...(numbers === undefined ? {} : { clearNumbers: numbers === 'clear' }),
        ...(eventTypes === undefined ? {} : { eventTypes }),
        ...(enabled === undefined ? {} : { enabled }),
        ...(enabled === true && !endpoint.enabled
          ? { position: await newestOf(change.manager, endpoint.appId), failingSince: null }
          : {}),
      };
      if (Object.keys(changes).length > 0) await change.manager.update(WebhookEndpoint, { id }, changes);
      const after = webhookView(Object.assign(endpoint, changes), change.now);
      await change.audit({ action: 'webhook.changed', id, before, after });
      return after;
    });
  }

  /** Removes an endpoint; what waits for it is not delivered. @throws WebhookNotFoundError */
  async remove(request: ChangeRequest, id: string): Promise<void> {
    await this.changes.make(request, async (change) => {
      const endpoint = await lockEndpoint(change.manager, request.caller.appId, id);
      await change.manager.delete(WebhookEndpoint, { id });
      await change.audit({ action: 'webhook.removed', id, before: webhookView(endpoint, change.now) });
    });
  }

  /**
   * Gives an endpoint a new secret; for a while deliveries carry signatures of both. Returns JSON text, with the secret.
   * @throws WebhookNotFoundError, ApplicationError `invalid_expiry` (rule)
   */
  async rotate(request: ChangeRequest, id: string, dto: RotateSecretDto): Promise<string> {
    const { secret, sealed } = await this.signatures.create();
    return this.changes.create(request, async (change) => {
      const endpoint = await lockEndpoint(change.manager, request.caller.appId, id);
      const before = webhookView(endpoint, change.now);
      const changes = {
        secret: sealed,
        oldSecret: endpoint.secret,
        oldSecretUntil: overlapEnd(dto.oldSecretValidUntil, change.now),
      };
      await change.manager.update(WebhookEndpoint, { id }, changes);
      const after = webhookView(Object.assign(endpoint, changes), change.now);
      await change.audit({ action: 'webhook.rotated', id, before, after });
      return Object.assign(new WebhookSecretView(), after, { secret });
    });
  }

  private checkUrl(url: string): void {
    const rule = webhookUrlFault(url, this.rules);
    if (rule === undefined) return;
    throw new ApplicationError('rule', 'webhook_url_refused', `url ${rule}.`, { faults: [{ field: 'url', rule }] });
  }
}

async function lockEndpoint(manager: EntityManager, appId: number, id: string): Promise<WebhookEndpoint> {
  const lock = { mode: 'pessimistic_write' } as const;
  const endpoint = isUuidv7(id) ? await manager.findOne(WebhookEndpoint, { where: { id, appId }, lock }) : null;
  if (endpoint === null) throw new WebhookNotFoundError();
  return endpoint;
}

/** Number of the app's newest event, as text. */
async function newestOf(manager: EntityManager, appId: number): Promise<string> {
  const rows = await manager.query<{ last: string | number }[]>('select last from event_sequence where app_id = $1', [
    appId,
  ]);
  return String(rows[0]?.last ?? 0);
}

function overlapEnd(asked: string | undefined, now: number): Date {
  const time = asked === undefined ? new Date(now + OVERLAP) : new Date(asked);
  if (time.getTime() >= now && time.getTime() <= now + MAX_OVERLAP) return time;
  const rule = 'must be within 30 days from now';
  throw new ApplicationError('rule', 'invalid_expiry', `oldSecretValidUntil ${rule}.`, {
    faults: [{ field: 'oldSecretValidUntil', rule }],
  });
}
