import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository, type SelectQueryBuilder } from 'typeorm';

import { Clock } from '../../clock/clock.js';
import { ApplicationError } from '../../errors.js';
import { Cursors, type Page, type Position } from '../../rest/page.js';
import type { Currency } from '../domain/currency.js';
import { parseAmount } from '../domain/money.js';
import { writePriceFile } from '../domain/price-file.js';
import { Price } from '../price.entity.js';
import type { PriceFilter } from './price.dto.js';
import { priceView, type PriceView } from './price.view.js';
import { RouteNames } from './route-names.js';

const MAX_ID = 2_147_483_647;
const SORT_KEY = '(price.country_code, coalesce(price.route_id, 0), price.currency, price.version)';

type Place = readonly [number, number, string, number];

const cursors = new Cursors<Place>(
  'prices',
  (position: Position): position is Place =>
    position.length === 4 && position.every((part, index) => typeof part === (index === 2 ? 'string' : 'number')),
);

/** There is no such price. */
export class PriceNotFoundError extends ApplicationError {
  constructor() {
    super('not_found', 'price_not_found', 'There is no such price.');
  }
}

/** The id of a price as it stands in an address. @throws PriceNotFoundError */
export function readPriceId(text: string): number {
  const id = /^[1-9]\d{0,9}$/.test(text) ? Number(text) : MAX_ID + 1;
  if (id > MAX_ID) throw new PriceNotFoundError();
  return id;
}

/** Reads the price book: what holds, what will, and what did. */
@Injectable()
export class PriceList {
  constructor(
    @InjectRepository(Price) private readonly prices: Repository<Price>,
    private readonly clock: Clock,
  ) {}

  /** Versions by country, route, currency and version. @throws ApplicationError `unknown_route` */
  async list(filter: PriceFilter): Promise<Page<PriceView>> {
    const routes = await RouteNames.read(this.prices.manager);
    const query = this.select(filter, routes);
    const after = cursors.decode(filter.cursor);
    if (after !== undefined) {
      const [country, routeId, currency, version] = after;
      query.andWhere(`${SORT_KEY} > (:lastCountry, :lastRoute, :lastCurrency, :lastVersion)`, {
        lastCountry: country,
        lastRoute: routeId,
        lastCurrency: currency,
        lastVersion: version,
      });
    }
    const rows = await query.limit(filter.limit + 1).getMany();
    const names = routes.byId();
    const now = this.clock.now();
    return cursors.page(
      rows,
      filter.limit,
      ({ countryCode, routeId, currency, version }) => [countryCode, routeId ?? 0, currency, version],
      (price) => priceView(price, names, now),
    );
  }

  /** @throws PriceNotFoundError */
  async find(id: string): Promise<PriceView> {
    const price = await this.prices.findOneBy({ id: readPriceId(id) });
    if (price === null) throw new PriceNotFoundError();
    const routes = await RouteNames.read(this.prices.manager);
    return priceView(price, routes.byId(), this.clock.now());
  }

  /** The same as CSV, all of it, without what was withdrawn; `POST /v1/prices/import` reads it. */
  async export(filter: PriceFilter): Promise<string> {
    const routes = await RouteNames.read(this.prices.manager);
    const rows = await this.select(filter, routes)
      .andWhere('(price.valid_until is null or price.valid_until > price.valid_from)')
      .getMany();
    const names = routes.byId();
    const inFile = rows.map((price) => ({
      countryCode: price.countryCode,
      route: price.routeId === null ? undefined : names.get(price.routeId),
      currency: price.currency as Currency,
      perSegment: parseAmount(price.perSegment),
      from: price.validFrom.getTime(),
      until: price.validUntil?.getTime(),
      note: price.note,
    }));
    const order = (row: (typeof inFile)[number]) => [row.route ?? '', row.currency, row.from] as const;
    // By the route's name: its id is another one in another installation.
    return writePriceFile(
      inFile.sort((one, other) => one.countryCode - other.countryCode || compareParts(order(one), order(other))),
    );
  }

  private select(filter: PriceFilter, routes: RouteNames): SelectQueryBuilder<Price> {
    const { country, route, currency, at, history } = filter;
    const query = this.prices.createQueryBuilder('price').orderBy('price.country_code');
    query.addOrderBy('coalesce(price.route_id, 0)').addOrderBy('price.currency').addOrderBy('price.version');
    if (country !== undefined) query.andWhere('price.country_code = :country', { country });
    if (currency !== undefined) query.andWhere('price.currency = :currency', { currency });
    if (route === '*') query.andWhere('price.route_id is null');
    else if (route !== undefined) query.andWhere('price.route_id = :routeId', { routeId: routes.idOf(route) });
    if (at !== undefined) {
      const time = new Date(at);
      query.andWhere('price.valid_from <= :time and (price.valid_until is null or price.valid_until > :time)', {
        time,
      });
    } else if (history !== true) {
      const now = new Date(this.clock.now());
      query.andWhere(
        '(price.valid_until is null or (price.valid_until > :now and price.valid_until > price.valid_from))',
        { now },
      );
    }
    return query;
  }
}

function compareParts(one: readonly (string | number)[], other: readonly (string | number)[]): number {
  for (let index = 0; index < one.length; index += 1) {
    if (one[index] === other[index]) continue;
    return one[index] < other[index] ? -1 : 1;
  }
  return 0;
}
