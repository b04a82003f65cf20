import { type EntityManager, IsNull } from 'typeorm';

import { type Currency } from '../domain/currency.js';
import { formatAmount, parseAmount } from '../domain/money.js';
import { timelineChanges, type TimelineVersion } from '../domain/price-timeline.js';
import { Price } from '../price.entity.js';

/** Key of the advisory lock under which the price book is changed: changes take turns. */
const PRICE_BOOK_LOCK = 7_310_841;
/** Rows of one insert. */
const INSERTED = 1000;

/** What a price is for. */
export interface PriceKey {
  readonly countryCode: number;
  /** Null: all routes without a price of their own. */
  readonly routeId: number | null;
  readonly currency: Currency;
}

/** A key as text, to fold by. */
export const keyText = ({ countryCode, routeId, currency }: PriceKey): string =>
  `${countryCode}|${routeId ?? 0}|${currency}`;

/** Waits for the turn to change the price book; it lasts until the transaction ends. */
export async function takeTurn(manager: EntityManager): Promise<void> {
  await manager.query('select pg_advisory_xact_lock($1)', [PRICE_BOOK_LOCK]);
}

/** What a version is for. */
export const keyOf = ({ countryCode, routeId, currency }: Price): PriceKey => ({
  countryCode,
  routeId,
  currency: currency as Currency,
});

/** The versions of one key, in the order in which they were made. */
export function readTimeline(manager: EntityManager, { countryCode, routeId, currency }: PriceKey): Promise<Price[]> {
  const where = { countryCode, routeId: routeId ?? IsNull(), currency };
  return manager.find(Price, { where, order: { version: 'ASC' } });
}

/** The versions of all keys by `keyText`, each key's in the order in which they were made. */
export async function readTimelines(manager: EntityManager): Promise<Map<string, Price[]>> {
  const timelines = new Map<string, Price[]>();
  for (const price of await manager.find(Price, { order: { version: 'ASC' } })) {
    const key = keyText(keyOf(price));
    const versions = timelines.get(key) ?? [];
    timelines.set(key, versions);
    versions.push(price);
  }
  return timelines;
}

/** A stored version, as the timeline has it. */
export const toVersion = ({ id, validFrom, validUntil, perSegment, note }: Price): TimelineVersion => ({
  id,
  from: validFrom.getTime(),
  until: validUntil?.getTime() ?? Infinity,
  perSegment: parseAmount(perSegment),
  note,
});

/** What becomes of the versions of a key. */
export interface TimelineStep {
  readonly key: PriceKey;
  readonly stored: readonly Price[];
  readonly after: readonly TimelineVersion[];
}

/**
 * Stores what becomes of the versions of some keys.
 * @param author who does it
 * @returns the versions that were made
 */
export async function storeTimelines(
  manager: EntityManager,
  steps: readonly TimelineStep[],
  author: string,
): Promise<Price[]> {
  const ended = steps.flatMap(({ stored, after }) => timelineChanges(stored.map(toVersion), after).ended);
  if (ended.length > 0)
    await manager.query(
      `update price set valid_until = ends.until from unnest($1::integer[], $2::timestamptz[]) as ends (id, until)
       where price.id = ends.id`,
      [ended.map(({ id }) => id), ended.map(({ until }) => (until === Infinity ? null : new Date(until)))],
    );
  const made = steps.flatMap((step) => madeBy(step, author));
  for (let start = 0; start < made.length; start += INSERTED) {
    await manager.insert(Price, made.slice(start, start + INSERTED));
  }
  return made;
}

function madeBy({ key, stored, after }: TimelineStep, author: string): Price[] {
  const last = Math.max(0, ...stored.map(({ version }) => version));
  return timelineChanges(stored.map(toVersion), after).added.map(({ from, until, perSegment, note }, index) =>
    Object.assign(new Price(), {
      ...key,
      perSegment: formatAmount(perSegment),
      version: last + 1 + index,
      validFrom: new Date(from),
      validUntil: until === Infinity ? null : new Date(until),
      author,
      note,
    }),
  );
}
