import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';

import { auditEntryOf, auditStatement } from '../../apps/audit-trail.js';
import type { Caller } from '../../apps/caller.js';
import { type MessageDemand, reserveTotal } from '../../billing/caps/spend-reservations.js';
import { formatAmount, parseAmount } from '../../billing/domain/money.js';
import { unpricedArea } from '../../billing/domain/quote.js';
import { PriceBook, type PriceVersion } from '../../billing/price-book.js';
import { Clock } from '../../clock/clock.js';
import { Database, type StatementRunner } from '../../database/database.js';
import { bulkCountries, type BulkCountryRow, type BulkRow } from '../../database/statements/bulk-job.js';
import { noteRefusedStart, startBulk } from '../../database/statements/bulk-start.js';
import { ApplicationError } from '../../errors.js';
import { uuidv7 } from '../../uuid.js';
import { type RouteInfo, Routes } from '../routes.js';

/** Starts bulks: one hold for all that they cost, or nothing. */
@Injectable()
export class BulkStarts {
  constructor(
    private readonly database: Database,
    private readonly routes: Routes,
    private readonly prices: PriceBook,
    private readonly clock: Clock,
  ) {}

  /**
   * Starts a bulk whose rows are there, at the prices of this moment. A start that is refused is noted with the bulk, which stays
   * ready to be started.
   * @throws ApplicationError `unpriced_area` (rule): a price has ended since the rows were read
   * @throws SpendCapReachedError (rule): all of it together does not fit a spend cap of the app
   */
  async start(caller: Caller, bulk: BulkRow): Promise<void> {
    const now = this.clock.now();
    try {
      const prices = await this.pricesOf(bulk, now);
      const missing = [...prices].filter(([, price]) => price === undefined).map(([countryCode]) => countryCode);
      if (missing.length > 0) throw unpricedArea(missing, (await this.routeOf(bulk)).currency);
      const priceIds = new Map([...prices].map(([countryCode, price]) => [countryCode, price?.id ?? 0]));
      const entry = auditEntryOf(caller, { action: 'bulk.started', id: bulk.id }, now);
      await this.database.transaction(async (transaction) => {
        const ledgerId = uuidv7(Date.now(), randomBytes(10));
        if (!(await startBulk(transaction, bulk.id, priceIds, now, ledgerId))) return;
        await reserveTotal(transaction, await demandOf(transaction, bulk, now));
        await auditStatement(transaction, entry);
      });
    } catch (error) {
      if (error instanceof ApplicationError && error.kind !== 'unavailable')
        await noteRefusedStart(this.database, bulk.id, error.code);
      throw error;
    }
  }

  /** The prices of each country of a bulk at a time; undefined: it has none. */
  async pricesOf(bulk: BulkRow, at: number): Promise<ReadonlyMap<number, PriceVersion | undefined>> {
    const countries = (await bulkCountries(this.database, bulk.id)).map(({ country_code: code }) => code);
    const prices = await this.prices.pricesFor(await this.routeOf(bulk), countries, at);
    return new Map(countries.map((code) => [code, prices.get(code)]));
  }

  private async routeOf({ route_id: id }: BulkRow): Promise<RouteInfo> {
    return (await this.routes.byId(id)) ?? this.routes.find();
  }
}

/** What a bulk that has its prices costs, and the least that a message of it does. */
async function demandOf(runner: StatementRunner, bulk: BulkRow, now: number): Promise<MessageDemand> {
  const countries = await bulkCountries(runner, bulk.id);
  const priceOf = ({ per_segment: price }: BulkCountryRow): bigint => parseAmount(price ?? '0');
  const cost = countries.reduce((sum, country) => sum + priceOf(country) * BigInt(country.segments), 0n);
  const least = countries.map(priceOf).reduce((one, other) => (other < one ? other : one), cost);
  const { app_id: appId, currency } = bulk;
  return { appId, currency, at: now, cost: formatAmount(cost), leastMessage: formatAmount(least) };
}
