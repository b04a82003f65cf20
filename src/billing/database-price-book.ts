import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, MoreThan, Repository } from 'typeorm';

import { translateEntityError } from '../database/entity-error.js';
import { Snapshot } from '../snapshot.js';
import { type Currency, isCurrency } from './domain/currency.js';
import { parseAmount } from './domain/money.js';
import { Price } from './price.entity.js';
import { PriceBook, type PricedRoute, type PriceVersion } from './price-book.js';

/** Milliseconds after which every process goes by a change. */
const MAX_AGE = 5000;
/** Milliseconds after its end for which a price may still be asked for, in business time and then some. */
const KEPT = 2 * 86_400_000;

interface DatedPrice extends PriceVersion {
  readonly from: number;
  readonly until: number;
}

/** By `route|country|currency`, the newest version first; route 0 stands for all routes. */
type PriceTable = ReadonlyMap<string, readonly DatedPrice[]>;

/**
 * The price book in our own database. The table is small (a row a country, route and change) and is held in memory whole;
 * a change is seen within five seconds.
 */
@Injectable()
export class DatabasePriceBook extends PriceBook {
  private readonly table: Snapshot<PriceTable>;

  constructor(@InjectRepository(Price) prices: Repository<Price>) {
    super();
    this.table = new Snapshot({ load: async () => tableOf(await readPrices(prices)), maxAge: MAX_AGE });
  }

  override async pricesFor(
    route: PricedRoute,
    countryCodes: readonly number[],
    at: number,
  ): Promise<ReadonlyMap<number, PriceVersion>> {
    const table = await this.table.get();
    const found = new Map<number, PriceVersion>();
    for (const countryCode of countryCodes) {
      const price =
        validAt(table, keyOf(route.id, countryCode, route.currency), at) ??
        validAt(table, keyOf(ALL_ROUTES, countryCode, route.currency), at);
      if (price !== undefined) found.set(countryCode, price);
    }
    return found;
  }

  override forget(): void {
    this.table.forget();
  }
}

const ALL_ROUTES = 0;

/** Every price that holds, will, or did until two days ago; the newest versions first. */
async function readPrices(prices: Repository<Price>): Promise<Price[]> {
  const kept = MoreThan(new Date(Date.now() - KEPT));
  try {
    return await prices.find({ where: [{ validUntil: IsNull() }, { validUntil: kept }], order: { version: 'DESC' } });
  } catch (error) {
    throw translateEntityError(error);
  }
}

const keyOf = (routeId: number, countryCode: number, currency: Currency): string =>
  `${routeId}|${countryCode}|${currency}`;

function validAt(table: PriceTable, key: string, at: number): PriceVersion | undefined {
  return table.get(key)?.find(({ from, until }) => from <= at && at < until);
}

function tableOf(rows: readonly Price[]): PriceTable {
  const table = new Map<string, DatedPrice[]>();
  for (const row of rows) {
    if (!isCurrency(row.currency)) continue;
    const key = keyOf(row.routeId ?? ALL_ROUTES, row.countryCode, row.currency);
    const versions = table.get(key) ?? [];
    table.set(key, versions);
    versions.push({
      id: row.id,
      countryCode: row.countryCode,
      currency: row.currency,
      perSegment: parseAmount(row.perSegment),
      from: row.validFrom.getTime(),
      until: row.validUntil?.getTime() ?? Number.POSITIVE_INFINITY,
    });
  }
  return table;
}
