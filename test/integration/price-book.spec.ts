import type { DataSource } from 'typeorm';

import { DatabasePriceBook } from '../../src/billing/database-price-book.js';
import { Price } from '../../src/billing/price.entity.js';
import { createDataSource } from '../../src/database/data-source.js';
import { Database } from '../../src/database/database.js';
import { statement } from '../../src/database/statement.js';
import { Route } from '../../src/messaging/route.entity.js';
import { Routes, UnknownRouteError } from '../../src/messaging/routes.js';
import { createTestDatabase, type TestDatabase } from '../support/databases.js';
import { priceBookContract } from '../support/price-book.contract.js';

const CLEAR = statement<object>('test_clear', 'delete from price');
const ADD_ROUTE = statement<object>(
  'test_add_route',
  `insert into route (name, position, currency, segments_per_second) values ($1, $2, 'HKD', $3)`,
);
const ADD_PRICE = statement<object>(
  'test_add_price',
  `insert into price (route_id, country_code, currency, per_segment, version, valid_from, valid_until, author)
   values ($1, $2, $3, $4, $5, $6, $7, 'test')`,
);

let template: TestDatabase;
let database: Database;
let source: DataSource;

beforeAll(async () => {
  template = await createTestDatabase('gateway');
  database = new Database({ url: template.url, connections: 2, name: 'test' });
  source = await createDataSource('gateway', template.url).initialize();
});
afterAll(async () => {
  await source.destroy();
  await database.close();
  await template.drop();
});

describe('routes', () => {
  test('are none at first, and then found by name, id and position', async () => {
    await expect(new Routes(source.getRepository(Route)).find()).rejects.toThrow(UnknownRouteError);
    await database.run(ADD_ROUTE, ['VerifyCode_516', 2, 900]);
    await database.run(ADD_ROUTE, ['Marketing_7', 1, 10]);
    const routes = new Routes(source.getRepository(Route));
    expect((await routes.all()).map(({ name }) => name)).toEqual(['Marketing_7', 'VerifyCode_516']);
    expect(await routes.find()).toEqual({ id: 2, name: 'Marketing_7', currency: 'HKD', segmentsPerSecond: 10 });
    expect((await routes.find('VerifyCode_516')).id).toBe(1);
    expect((await routes.byId(1))?.name).toBe('VerifyCode_516');
    expect(await routes.byId(3)).toBeUndefined();
    await expect(routes.find('Nowhere')).rejects.toMatchObject({ kind: 'rule', code: 'unknown_route' });
  });
});

describe('the price book in the database', () => {
  priceBookContract(async (prices) => {
    await database.run(CLEAR, []);
    for (const { routeId, countryCode, currency, perSegment, version, from, until } of prices) {
      await database.run(ADD_PRICE, [
        routeId ?? null,
        countryCode,
        currency,
        perSegment,
        version,
        new Date(from),
        until === undefined ? null : new Date(until),
      ]);
    }
    return new DatabasePriceBook(source.getRepository(Price));
  });
});
