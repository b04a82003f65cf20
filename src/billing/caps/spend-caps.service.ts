import { Injectable } from '@nestjs/common';
import { setTimeout as pause } from 'node:timers/promises';
import { DataSource, type EntityManager } from 'typeorm';
import { InjectDataSource } from '@nestjs/typeorm';

import { findApp } from '../../apps/app.service.js';
import { type ChangeRequest, Changes } from '../../apps/changes.service.js';
import { Clock } from '../../clock/clock.js';
import { Database } from '../../database/database.js';
import { countSpend, findUncounted } from '../../database/statements/spend-count.js';
import { capsOfApp, openSpendPeriods, readRooms } from '../../database/statements/spend-reserve.js';
import { useTimeZone } from '../../database/statements/time-zone.js';
import { ApplicationError } from '../../errors.js';
import { inRequestedZone } from '../../rest/time-zone.js';
import { isCurrency, type Currency } from '../domain/currency.js';
import { formatAmount, money, type MoneyJson, parseAmount, toMoneyJson } from '../domain/money.js';
import { CAP_PERIODS, type CapPeriod } from '../domain/spend-cap.js';
import type { SetCapDto } from './cap.dto.js';
import { CapView, capView } from './cap.view.js';
import { SpendCap } from './spend-cap.entity.js';

/** How often, and how many milliseconds apart, a new cap looks whether it can be counted; after that the worker does it. */
const LOOKS = 40;
const PAUSE = 25;

/** The app has no such cap. */
export class CapNotFoundError extends ApplicationError {
  constructor() {
    super('not_found', 'cap_not_found', 'The app has no such spend cap.');
  }
}

/** A cap as the audit trail has it. */
const audited = ({ currency, amount, timeZone }: SpendCap): { amount: MoneyJson; timeZone: string } => ({
  amount: toMoneyJson(money(parseAmount(amount), currency as Currency)),
  timeZone,
});

/** The spend caps of apps, for who sets them and for who is bounded by them. */
@Injectable()
export class SpendCaps {
  constructor(
    private readonly changes: Changes,
    private readonly database: Database,
    private readonly clock: Clock,
    @InjectDataSource() private readonly source: DataSource,
  ) {}

  /** @throws AppNotFoundError */
  async ofApp(id: string): Promise<CapView[]> {
    const app = await findApp(this.source.manager, id);
    return this.of(app.id);
  }

  /** The caps of an app, and what is used of them. */
  async of(appId: number): Promise<CapView[]> {
    return (await capsOfApp(this.database, appId, this.clock.now())).map(capView);
  }

  /**
   * Sets a cap. What the app has spent in this day or month counts from its beginning on; the cap holds once that is counted, as a
   * rule before this returns.
   * @throws AppNotFoundError, CapNotFoundError for an address that is none
   * @throws InvalidRequestError for a time zone that the database does not know: whoever accepts would stumble over it
   */
  async set(request: ChangeRequest, id: string, which: CapAddress, dto: SetCapDto): Promise<CapView> {
    const { currency, period } = readAddress(which);
    const { timeZone = 'UTC' } = dto;
    await inRequestedZone(() => useTimeZone(this.database, timeZone));
    const appId = await this.changes.make(request, async (change) => {
      const { manager, now, by } = change;
      const app = await findApp(manager, id);
      const key = { appId: app.id, currency, period };
      const before = await lockCap(manager, key);
      const after = Object.assign(new SpendCap(), key, {
        amount: formatAmount(parseAmount(dto.amount)),
        timeZone,
        createdAt: before?.timeZone === timeZone ? before.createdAt : new Date(now),
        author: `app ${by.appId}, key ${by.keyId}`,
      });
      // In other days and months: what was counted by the old ones says nothing of them.
      if (before !== null && before.timeZone !== after.timeZone) await forgetUse(manager, key);
      await manager.upsert(SpendCap, after, ['appId', 'currency', 'period']);
      const audit = { id: `${app.id}/${currency}/${which.period}`, after: audited(after) };
      await change.audit({ action: 'cap.set', ...audit, ...(before === null ? {} : { before: audited(before) }) });
      return app.id;
    });
    await this.count(appId, currency);
    const view = (await this.of(appId)).find(
      (cap) => cap.amount.currency === currency && CAP_PERIODS[cap.period] === period,
    );
    if (view === undefined) throw new CapNotFoundError();
    return view;
  }

  /** Takes a cap away. @throws AppNotFoundError, CapNotFoundError */
  async remove(request: ChangeRequest, id: string, which: CapAddress): Promise<void> {
    const { currency, period } = readAddress(which);
    await this.changes.make(request, async (change) => {
      const { manager } = change;
      const app = await findApp(manager, id);
      const key = { appId: app.id, currency, period };
      const before = await lockCap(manager, key);
      if (before === null) throw new CapNotFoundError();
      await manager.delete(SpendCap, key);
      await forgetUse(manager, key);
      await change.audit({
        action: 'cap.removed',
        id: `${app.id}/${currency}/${which.period}`,
        before: audited(before),
      });
    });
  }

  /** Opens the periods of now and counts them, as soon as nobody is under way who did not know of them. */
  private async count(appId: number, currency: Currency): Promise<void> {
    const [rooms] = await readRooms(this.database, [{ appId, currency, at: this.clock.now() }]);
    await openSpendPeriods(this.database, rooms);
    const uncounted = await findUncounted(this.database, appId);
    if (uncounted === undefined) return;
    for (let look = 1; look <= LOOKS; look += 1) {
      if (await countSpend(this.database, uncounted)) return;
      await pause(PAUSE);
    }
  }
}

/** Currency and period as they stand in an address. */
export interface CapAddress {
  readonly currency: string;
  readonly period: string;
}

interface CapKey {
  readonly appId: number;
  readonly currency: Currency;
  readonly period: 'day' | 'month';
}

const isPeriod = (text: string): text is CapPeriod => Object.hasOwn(CAP_PERIODS, text);

function readAddress({ currency, period }: CapAddress): Omit<CapKey, 'appId'> {
  if (!isCurrency(currency) || !isPeriod(period)) throw new CapNotFoundError();
  return { currency, period: CAP_PERIODS[period] };
}

/** Two who change one cap take turns, also while there is none. */
async function lockCap(manager: EntityManager, key: CapKey): Promise<SpendCap | null> {
  const name = `spend cap ${key.appId} ${key.currency} ${key.period}`;
  await manager.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [name]);
  return manager.findOneBy(SpendCap, key);
}

async function forgetUse(manager: EntityManager, { appId, currency, period }: CapKey): Promise<void> {
  await manager.query('delete from spend_use where app_id = $1 and currency = $2 and period = $3', [
    appId,
    currency,
    period,
  ]);
}
