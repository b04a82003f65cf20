import { createDataSource } from '../../src/database/data-source.js';
import { createTestDatabase } from '../support/databases.js';

describe.each(['gateway', 'platform'] as const)('the schema of the %s', (half) => {
  test('is what migrations and entities agree on, so that migration:generate proposes nothing', async () => {
    const database = await createTestDatabase(half);
    const source = await createDataSource(half, database.url).initialize();
    try {
      const { upQueries } = await source.driver.createSchemaBuilder().log();
      expect(upQueries.map(({ query }) => query)).toEqual([]);
    } finally {
      await source.destroy();
      await database.drop();
    }
  });
});
