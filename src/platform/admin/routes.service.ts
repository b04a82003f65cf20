import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { MoreThan, type Repository } from 'typeorm';

import { ApplicationError } from '../../errors.js';
import { Cursors, type Page, type PageQuery, type Position } from '../../rest/page.js';
import { AccountRoute } from '../accounts/account-route.entity.js';
import { accountOf } from './account-of.js';
import { AccountRecords } from './account-records.service.js';
import type { AdminCall } from './admin-call.js';
import { AdminChanges } from './admin-changes.service.js';
import type { RouteView } from './route.view.js';

const cursors = new Cursors<readonly [string]>(
  'routes',
  (position: Position): position is readonly [string] => position.length === 1 && typeof position[0] === 'string',
);

const routeView = ({ name, countries }: AccountRoute): RouteView => ({ id: name, countries });

/** An account's products. */
@Injectable()
export class RoutesService {
  constructor(
    @InjectRepository(AccountRoute) private readonly routes: Repository<AccountRoute>,
    private readonly records: AccountRecords,
    private readonly changes: AdminChanges,
  ) {}

  /** Products by name. @throws AccountNotFoundError */
  async list(name: string, { limit, cursor }: PageQuery): Promise<Page<RouteView>> {
    const { id: accountId } = await this.records.find(name);
    const after = cursors.decode(cursor);
    const where = { accountId, ...(after !== undefined && { name: MoreThan(after[0]) }) };
    const rows = await this.routes.find({ where, order: { name: 'asc' }, take: limit + 1 });
    return cursors.page(rows, limit, (row) => [row.name], routeView);
  }

  /** @throws AccountNotFoundError, ApplicationError `route_exists` (conflict) */
  async add(call: AdminCall, name: string, routes: readonly RouteView[]): Promise<{ items: RouteView[] }> {
    const change = { action: 'route.add', account: name, details: { routes } };
    const { answer } = await this.changes.make(call, change, async ({ manager }) => {
      const { id: accountId } = await accountOf({ manager }, name);
      for (const route of routes) {
        if (await manager.existsBy(AccountRoute, { accountId, name: route.id }))
          throw new ApplicationError('conflict', 'route_exists', 'The account has a route of this id already.');
        await manager.insert(AccountRoute, { accountId, name: route.id, countries: [...route.countries] });
      }
      return { items: routes.map(({ id, countries }) => ({ id, countries })) };
    });
    return answer;
  }

  /** Makes a product cover these countries, and the product if there is none of this name. @throws AccountNotFoundError */
  async put(call: AdminCall, name: string, { id, countries }: RouteView): Promise<RouteView> {
    const change = { action: 'route.put', account: name, details: { id, countries } };
    const { answer } = await this.changes.make(call, change, async ({ manager }) => {
      const { id: accountId } = await accountOf({ manager }, name);
      await manager.upsert(AccountRoute, { accountId, name: id, countries: [...countries] }, ['accountId', 'name']);
      return { id, countries };
    });
    return answer;
  }

  /** @throws AccountNotFoundError, ApplicationError `route_not_found` */
  async remove(call: AdminCall, name: string, id: string): Promise<void> {
    const change = { action: 'route.remove', account: name, details: { id } };
    await this.changes.make(call, change, async ({ manager }) => {
      const { id: accountId } = await accountOf({ manager }, name);
      const { affected } = await manager.delete(AccountRoute, { accountId, name: id });
      if (affected === 0)
        throw new ApplicationError('not_found', 'route_not_found', 'The account has no route of this id.');
      return {};
    });
  }
}
