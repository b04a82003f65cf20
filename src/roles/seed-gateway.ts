import { AppService } from '../apps/app.service.js';
import type { SandboxAccount } from '../config/sandbox-file.js';
import type { Secrets } from '../config/secrets.js';
import { Database } from '../database/database.js';
import { underStartupLock } from '../database/migrate.js';
import { seedPrices, seedRoute } from '../database/statements/seed-gateway.js';

const AUTHOR = 'sandbox file';

/**
 * What a sandbox's gateway starts with: the app `sandbox` with its key; and, while they are empty, a price book with the
 * prices of the sandbox file's first account and a first route that is the account's first, at nine tenths of its rate, so
 * that the platform never calls it too fast.
 *
 * @param account undefined: the file has none
 */
export async function seedGateway(url: string, secrets: Secrets, account: SandboxAccount | undefined): Promise<void> {
  await underStartupLock(url, async () => {
    const database = new Database({ url, connections: 1, name: 'cloudsms start-up' });
    try {
      await new AppService(database, secrets).ensureSandbox();
      if (account !== undefined) await seedFrom(account, database);
    } finally {
      await database.close();
    }
  });
}

async function seedFrom(account: SandboxAccount, database: Database): Promise<void> {
  const { currency, prices, ratePerSecond } = account;
  const [route] = account.routes;
  if (route !== undefined) {
    const segmentsPerSecond = Math.max(1, Math.floor((ratePerSecond * 9) / 10));
    await seedRoute(database, { name: route.id, currency, segmentsPerSecond });
  }
  if (prices.length > 0) {
    await seedPrices(database, {
      currency,
      countryCodes: prices.map(({ countryCode }) => countryCode),
      perSegment: prices.map(({ perSegment }) => perSegment),
      author: AUTHOR,
    });
  }
}
