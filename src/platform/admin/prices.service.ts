import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, type Repository } from 'typeorm';

import { type Currency } from '../../billing/domain/currency.js';
import { parseAmount, toMoneyJson } from '../../billing/domain/money.js';
import { Clock } from '../../clock/clock.js';
import { Cursors, type Page, type Position } from '../../rest/page.js';
import { AccountPrice } from '../accounts/account-price.entity.js';
import { priceHistory } from '../domain/price-versions.js';
import { accountOf } from './account-of.js';
import { AccountRecords } from './account-records.service.js';
import type { AdminCall } from './admin-call.js';
import { AdminChanges } from './admin-changes.service.js';
import type { PriceDto, PriceQuery } from './price.dto.js';
import { priceRows } from './price-rows.js';
import type { PriceView } from './price.view.js';

const cursors = new Cursors<readonly [number]>(
  'prices',
  (position: Position): position is readonly [number] => position.length === 1 && Number.isInteger(position[0]),
);

/** What a segment costs: versions, of which none ever changes. */
@Injectable()
export class PricesService {
  constructor(
    @InjectRepository(AccountPrice) private readonly prices: Repository<AccountPrice>,
    private readonly records: AccountRecords,
    private readonly changes: AdminChanges,
    private readonly clock: Clock,
  ) {}

  /** Versions by country and time. @throws AccountNotFoundError */
  async list(name: string, { country, current, limit, cursor }: PriceQuery): Promise<Page<PriceView>> {
    const { id: accountId, currency } = await this.records.find(name);
    const rows = await this.prices.findBy({ accountId, ...(country !== undefined && { countryCode: country }) });
    const now = this.clock.now();
    const history = priceHistory(rows.map(toVersion));
    const wanted = history.filter(({ validUntil }) => current !== true || validUntil === null || validUntil > now);
    const [after] = cursors.decode(cursor) ?? [undefined];
    const start = after === undefined ? 0 : wanted.findIndex(({ id }) => id === after) + 1;
    return cursors.page(
      wanted.slice(start, start + limit + 1),
      limit,
      ({ id }) => [id],
      (version) => priceView(version, currency),
    );
  }

  /** Adds versions. @throws AccountNotFoundError, and what `priceRows` throws */
  async add(call: AdminCall, name: string, prices: readonly PriceDto[]): Promise<{ items: PriceView[] }> {
    const change = { action: 'price.add', account: name, details: { prices } };
    const { answer } = await this.changes.make(call, change, async ({ manager }) => {
      const account = await accountOf({ manager }, name);
      const rows = priceRows(account, prices, this.clock.now());
      const { identifiers } = await manager.insert(AccountPrice, rows);
      const ids = identifiers.map(({ id }) => id as number);
      const countries = [...new Set(rows.map(({ countryCode }) => countryCode))];
      const versions = await manager.findBy(AccountPrice, { accountId: account.id, countryCode: In(countries) });
      const history = priceHistory(versions.map(toVersion));
      return {
        items: history.filter(({ id }) => ids.includes(id)).map((version) => priceView(version, account.currency)),
      };
    });
    return answer;
  }

  /** Ends the pricing of a country. @throws AccountNotFoundError */
  async end(call: AdminCall, name: string, countryCode: number): Promise<void> {
    const change = { action: 'price.end', account: name, details: { countryCode } };
    await this.changes.make(call, change, async ({ manager }) => {
      const { id: accountId } = await accountOf({ manager }, name);
      const validFrom = new Date(this.clock.now());
      await manager.insert(AccountPrice, { accountId, countryCode, perSegment: null, validFrom });
      return {};
    });
  }
}

const toVersion = ({ id, countryCode, perSegment, validFrom }: AccountPrice) => ({
  id,
  countryCode,
  perSegment,
  validFrom: validFrom.getTime(),
});

interface DatedVersion {
  readonly id: number;
  readonly countryCode: number;
  readonly perSegment: string | null;
  readonly validFrom: number;
  readonly validUntil: number | null;
}

function priceView(
  { id, countryCode, perSegment, validFrom, validUntil }: DatedVersion,
  currency: Currency,
): PriceView {
  return {
    id,
    countryCode,
    perSegment: perSegment === null ? null : toMoneyJson({ amount: parseAmount(perSegment), currency }),
    validFrom: new Date(validFrom).toISOString(),
    validUntil: validUntil === null ? null : new Date(validUntil).toISOString(),
  };
}
