import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, MoreThan, QueryFailedError, Repository } from 'typeorm';

import { isPostgresError } from '../database/database-error.js';
import { ApplicationError } from '../errors.js';
import { Cursors, type Page, type PageQuery, type Position } from '../rest/page.js';
import type { ChangeAppDto, CreateAppDto } from './app.dto.js';
import { App } from './app.entity.js';
import { appView, type AppView } from './app.view.js';
import { ApiKeys } from './api-keys.service.js';
import { type ChangeRequest, Changes } from './changes.service.js';

const UNIQUE_VIOLATION = '23505';
/** Largest id of an `integer` column. */
const MAX_ID = 2_147_483_647;

const cursors = new Cursors('apps', (position: Position): position is [number] => typeof position[0] === 'number');

/** There is no such app. */
export class AppNotFoundError extends ApplicationError {
  constructor() {
    super('not_found', 'app_not_found', 'There is no such app.');
  }
}

/**
 * The app of an id as it stands in an address.
 * @throws AppNotFoundError
 */
export async function findApp(manager: EntityManager, id: string): Promise<App> {
  const number = /^[1-9]\d{0,9}$/.test(id) ? Number(id) : MAX_ID + 1;
  const app = number > MAX_ID ? null : await manager.findOneBy(App, { id: number });
  if (app === null) throw new AppNotFoundError();
  return app;
}

/** The teams that use the gateway, for their administrators. */
@Injectable()
export class AppService {
  constructor(
    @InjectRepository(App) private readonly apps: Repository<App>,
    private readonly changes: Changes,
    private readonly keys: ApiKeys,
  ) {}

  /**
   * Makes an app. Returns the JSON text of its view.
   * @throws ApplicationError `app_exists` (conflict)
   */
  create(request: ChangeRequest, dto: CreateAppDto): Promise<string> {
    return this.changes.create(request, async (change) => {
      const app = Object.assign(new App(), policyDefaults(), dto, { createdAt: new Date(change.now) });
      await nameIsFree(change.manager.insert(App, app));
      const view = appView(app);
      await change.audit({ action: 'app.created', id: app.id, after: view });
      return view;
    });
  }

  /** Apps by id, oldest first. */
  async list({ limit, cursor }: PageQuery): Promise<Page<AppView>> {
    const [after = 0] = cursors.decode(cursor) ?? [];
    const rows = await this.apps.find({ where: { id: MoreThan(after) }, order: { id: 'ASC' }, take: limit + 1 });
    return cursors.page(rows, limit, ({ id }) => [id], appView);
  }

  /** @throws AppNotFoundError */
  async find(id: string): Promise<AppView> {
    return appView(await findApp(this.apps.manager, id));
  }

  /**
   * Changes what the request names. Other processes go by it within two seconds, this one at once.
   * @throws AppNotFoundError, ApplicationError `app_exists` (conflict)
   */
  async change(request: ChangeRequest, id: string, dto: ChangeAppDto): Promise<AppView> {
    const view = await this.changes.make(request, async (change) => {
      const { id: appId } = await findApp(change.manager, id);
      // Locked, so that the trail's before and after are those of this change.
      const app = await change.manager.findOneOrFail(App, {
        where: { id: appId },
        lock: { mode: 'pessimistic_write' },
      });
      const before = appView(app);
      const changed = await nameIsFree(change.manager.save(Object.assign(app, dto)));
      const after = appView(changed);
      await change.audit({ action: 'app.changed', id: appId, before, after });
      return after;
    });
    this.keys.forget();
    return view;
  }
}

function policyDefaults(): Partial<App> {
  return {
    strictNumbers: false,
    strictSenders: false,
    allowedRoutes: [],
    allowedSenders: [],
    registeredCountries: [],
    requestsPerSecond: null,
    smsPerSecond: null,
  };
}

async function nameIsFree<Result>(write: Promise<Result>): Promise<Result> {
  try {
    return await write;
  } catch (error) {
    const cause: unknown = error instanceof QueryFailedError ? error.driverError : undefined;
    if (!isPostgresError(cause) || cause.code !== UNIQUE_VIOLATION) throw error;
    throw new ApplicationError('conflict', 'app_exists', 'There is an app of this name already.', { cause: error });
  }
}
