import { Provisioning } from '../apps/provisioning.js';
import { Price } from '../billing/price.entity.js';
import type { SandboxAccount } from '../config/sandbox-file.js';
import type { Secrets } from '../config/secrets.js';
import { createDataSource } from '../database/data-source.js';
import { underStartupLock } from '../database/migrate.js';
import { Route } from '../messaging/route.entity.js';
import type { EntityManager } from 'typeorm';

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
    const source = await createDataSource('gateway', url).initialize();
    try {
      await new Provisioning(source.manager, secrets).ensureSandbox();
      if (account !== undefined) await source.transaction((manager) => seedFrom(account, manager));
    } finally {
      await source.destroy();
    }
  });
}

async function seedFrom(account: SandboxAccount, manager: EntityManager): Promise<void> {
  const { currency, prices, ratePerSecond } = account;
  const [route] = account.routes;
  if (route !== undefined && !(await manager.exists(Route))) {
    const segmentsPerSecond = Math.max(1, Math.floor((ratePerSecond * 9) / 10));
    await manager.insert(Route, { name: route.id, position: 1, currency, segmentsPerSecond });
  }
  if (prices.length > 0 && !(await manager.exists(Price))) {
    const validFrom = new Date(Math.floor(Date.now() / DAY) * DAY);
    await manager.insert(
      Price,
      prices.map(({ countryCode, perSegment }) => ({
        countryCode,
        currency,
        perSegment,
        version: 1,
        validFrom,
        author: AUTHOR,
      })),
    );
  }
}

const DAY = 86_400_000;
