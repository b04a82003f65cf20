import { Injectable } from '@nestjs/common';

import { type Change, type ChangeRequest, Changes } from '../../apps/changes.service.js';
import { Clock } from '../../clock/clock.js';
import { parseAmount } from '../domain/money.js';
import { fromNow, withoutPrice, withPrice } from '../domain/price-timeline.js';
import { PriceBook } from '../price-book.js';
import { Price } from '../price.entity.js';
import type { CreatePriceDto } from './price.dto.js';
import { PriceNotFoundError, readPriceId } from './price-list.service.js';
import { priceView } from './price.view.js';
import { RouteNames } from './route-names.js';
import { keyOf, type PriceKey, readTimeline, storeTimelines, takeTurn, toVersion } from './stored-timeline.js';

/** Who made a price, as it is kept with it. */
export const authorOf = ({ by }: Change): string => `app ${by.appId}, key ${by.keyId}`;

/** Changes prices one by one. A version that has held is never changed; changes take turns. */
@Injectable()
export class PriceChanges {
  constructor(
    private readonly changes: Changes,
    private readonly book: PriceBook,
    private readonly clock: Clock,
  ) {}

  /**
   * Adds a version. Returns the JSON text of its view; of the one that is there where it changes nothing.
   * @throws ApplicationError `unknown_route`, `wrong_currency`, and what `withPrice` throws
   */
  async add(request: ChangeRequest, dto: CreatePriceDto): Promise<string> {
    const text = await this.changes.create(request, async (change) => {
      const { manager } = change;
      await takeTurn(manager);
      // Not before: whoever takes the turn later is to have the last word.
      const now = this.clock.now();
      const routes = await RouteNames.read(manager);
      const { currency, amount } = dto.perSegment;
      const key: PriceKey = { countryCode: dto.countryCode, routeId: routes.idFor(dto.route, currency), currency };
      const stored = await readTimeline(manager, key);
      const before = stored.map(toVersion);
      const from = dto.validFrom === undefined ? fromNow(before, now) : Date.parse(dto.validFrom);
      const wish = {
        from,
        until: dto.validUntil === undefined ? undefined : Date.parse(dto.validUntil),
        perSegment: parseAmount(amount),
        note: dto.note ?? '',
        resume: dto.resume === true,
        replace: dto.replace === true,
      };
      const after = withPrice(before, wish, now);
      const made = await storeTimelines(manager, [{ key, stored, after }], authorOf(change));
      const price = [...made, ...stored].find(({ validFrom }) => validFrom.getTime() === from);
      if (price === undefined) throw new PriceNotFoundError();
      const view = priceView(price, routes.byId(), now);
      await change.audit({ action: 'price.created', id: view.id, after: view });
      return view;
    });
    this.book.forget();
    return text;
  }

  /**
   * Withdraws a version that has not begun, so that the one before goes on; ends one that holds, now.
   * @throws PriceNotFoundError, ApplicationError `price_over` (conflict)
   */
  async end(request: ChangeRequest, id: string): Promise<void> {
    await this.changes.make(request, async (change) => {
      const { manager } = change;
      await takeTurn(manager);
      const now = this.clock.now();
      const price = await manager.findOneBy(Price, { id: readPriceId(id) });
      if (price === null) throw new PriceNotFoundError();
      const key = keyOf(price);
      const stored = await readTimeline(manager, key);
      const before = stored.map(toVersion);
      const gone = before.find((version) => version.id === price.id);
      if (gone === undefined) throw new PriceNotFoundError();
      await storeTimelines(manager, [{ key, stored, after: withoutPrice(before, gone, now) }], authorOf(change));
      const names = (await RouteNames.read(manager)).byId();
      const after = priceView(await manager.findOneByOrFail(Price, { id: price.id }), names, now);
      const action = gone.from > now ? 'price.withdrawn' : 'price.ended';
      await change.audit({ action, id: price.id, before: priceView(price, names, now), after });
    });
    this.book.forget();
  }
}
