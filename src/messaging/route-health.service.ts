import { Injectable } from '@nestjs/common';

import { type ChangeRequest, Changes } from '../apps/changes.service.js';
import { Database } from '../database/database.js';
import { RESET_ROUTE, routeHealth } from '../database/statements/route-breaker.js';
import { ApplicationError } from '../errors.js';
import { type RouteView, routeView } from './route.view.js';

/** No route has this name. */
export class RouteNotFoundError extends ApplicationError {
  constructor() {
    super('not_found', 'route_not_found', 'There is no such route.');
  }
}

/** Shows how routes stand, and opens them again on request. */
@Injectable()
export class RouteHealth {
  constructor(
    private readonly database: Database,
    private readonly changes: Changes,
  ) {}

  /** All routes, the default one first. */
  async list(): Promise<readonly RouteView[]> {
    return (await routeHealth(this.database)).map(routeView);
  }

  /** @throws RouteNotFoundError */
  async find(name: string): Promise<RouteView> {
    const [row] = await routeHealth(this.database, name);
    if (row === undefined) throw new RouteNotFoundError();
    return routeView(row);
  }

  /**
   * Opens a route, whatever stopped it.
   * @throws RouteNotFoundError
   */
  async reset(request: ChangeRequest, name: string): Promise<RouteView> {
    const before = await this.find(name);
    await this.changes.make(request, async (change) => {
      await change.manager.query(RESET_ROUTE, [name]);
      await change.audit({
        action: 'route.reset',
        id: name,
        before: { state: before.state, reason: before.reason },
        after: { state: 'open' },
      });
    });
    return this.find(name);
  }
}
