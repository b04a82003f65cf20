import type { EntityManager } from 'typeorm';

import { ApplicationError } from '../../errors.js';
import { type Currency } from '../domain/currency.js';

/** A route, as far as prices go. */
export interface NamedRoute {
  readonly id: number;
  readonly name: string;
  readonly currency: string;
}

/** The routes that prices can be for, by name and by id. Routes belong to messaging; their table is read here. */
export class RouteNames {
  private constructor(private readonly routes: readonly NamedRoute[]) {}

  static async read(manager: EntityManager): Promise<RouteNames> {
    return new RouteNames(await manager.query<NamedRoute[]>('select id, name, currency from route order by id'));
  }

  /** Names by id. */
  byId(): ReadonlyMap<number, string> {
    return new Map(this.routes.map(({ id, name }) => [id, name]));
  }

  /** Id of a route. @throws ApplicationError `unknown_route` (rule) */
  idOf(name: string): number {
    return this.find(name).id;
  }

  /**
   * Id of the route that a price in a currency is for; null for all routes.
   * @throws ApplicationError `unknown_route`, `wrong_currency` (rule)
   */
  idFor(name: string | undefined, currency: Currency): number | null {
    if (name === undefined) return null;
    const route = this.find(name);
    if (route.currency === currency) return route.id;
    const rule = `must be ${route.currency}, the currency of the route`;
    throw new ApplicationError('rule', 'wrong_currency', `currency ${rule}.`, {
      faults: [{ field: 'currency', rule }],
    });
  }

  private find(name: string): NamedRoute {
    const found = this.routes.find((route) => route.name === name);
    if (found !== undefined) return found;
    const rule = 'is not known here';
    throw new ApplicationError('rule', 'unknown_route', `route ${rule}.`, { faults: [{ field: 'route', rule }] });
  }
}
