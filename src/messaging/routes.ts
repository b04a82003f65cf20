import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';

import { type Currency, isCurrency } from '../billing/domain/currency.js';
import { translateEntityError } from '../database/entity-error.js';
import { ApplicationError } from '../errors.js';
import { Snapshot } from '../snapshot.js';
import { Route } from './route.entity.js';

/** Milliseconds after which every process goes by a change. */
const MAX_AGE = 5000;

/** A way to the platform, as messages need to know it. */
export interface RouteInfo {
  readonly id: number;
  /** ROUTE_ID on the wire. */
  readonly name: string;
  /** Of its prices and of the provider's account behind it. */
  readonly currency: Currency;
  readonly segmentsPerSecond: number;
}

/** No route has this name, or there is none at all. */
export class UnknownRouteError extends ApplicationError {
  constructor(rule: string) {
    super('rule', 'unknown_route', `route ${rule}.`, { faults: [{ field: 'route', rule }] });
  }
}

/** The routes, from memory; a change is seen within five seconds. */
@Injectable()
export class Routes {
  private readonly table: Snapshot<readonly RouteInfo[]>;

  constructor(@InjectRepository(Route) routes: Repository<Route>) {
    this.table = new Snapshot({ load: async () => (await readRoutes(routes)).map(toInfo), maxAge: MAX_AGE });
  }

  /**
   * The route of this name; the first one for none.
   * @throws UnknownRouteError
   */
  async find(name?: string): Promise<RouteInfo> {
    const routes = await this.table.get();
    const route = name === undefined ? routes[0] : routes.find((route) => route.name === name);
    if (route === undefined)
      throw new UnknownRouteError(name === undefined ? 'is not set up yet' : 'is not known here');
    return route;
  }

  /** The route of this id, which a stored message names; undefined for none. */
  async byId(id: number): Promise<RouteInfo | undefined> {
    return (await this.table.get()).find((route) => route.id === id);
  }

  /** All routes, the default one first. */
  all(): Promise<readonly RouteInfo[]> {
    return this.table.get();
  }

  /** Reads the routes anew at the next question: after a change by this process. */
  forget(): void {
    this.table.forget();
  }
}

/** @throws DatabaseUnavailableError */
async function readRoutes(routes: Repository<Route>): Promise<Route[]> {
  try {
    return await routes.find({ order: { position: 'ASC' } });
  } catch (error) {
    throw translateEntityError(error);
  }
}

function toInfo({ id, name, currency, segmentsPerSecond }: Route): RouteInfo {
  if (!isCurrency(currency)) {
    throw new ApplicationError('internal', 'unknown_currency', `The route ${name} has the currency ${currency}.`);
  }
  return { id, name, currency, segmentsPerSecond };
}
