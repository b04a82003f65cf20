import type { StatementRunner } from '../../database/database.js';
import { mergeSpend } from '../../database/statements/spend-keep.js';
import {
  type CapRoom,
  noteExhausted,
  openSpendPeriods,
  readRooms,
  reserveSpend,
  type SpendDemand,
} from '../../database/statements/spend-reserve.js';
import type { Currency } from '../domain/currency.js';
import { money, parseAmount } from '../domain/money.js';
import { CAP_PERIODS, fitting, SpendCapReachedError } from '../domain/spend-cap.js';

/** Attempts to reserve one demand: a first one, one after a period was opened, one after room was given back. */
const ATTEMPTS = 4;

/** A demand, and the least that one message of it costs. */
export interface MessageDemand extends SpendDemand {
  /** Decimal text. */
  readonly leastMessage: string;
}

/** Which of several demands may be tried again, and why the others are refused. */
export interface Sorted<Item> {
  readonly retry: readonly Item[];
  readonly refused: readonly { readonly item: Item; readonly error: SpendCapReachedError }[];
}

/**
 * Sorts demands that did not fit together: gives back what the ledger has given back meanwhile, opens periods that have not been
 * opened, and looks at what is left. Those that fit, in their order, are to be tried again; the others do not, at this moment.
 */
export async function sortDemands<Item>(
  runner: StatementRunner,
  items: readonly Item[],
  demandOf: (item: Item) => MessageDemand,
): Promise<Sorted<Item>> {
  const demands = items.map(demandOf);
  while (await mergeSpend(runner));
  let rooms = await readRooms(runner, demands);
  const unopened = rooms.flat().filter(({ used }) => used === null);
  if (unopened.length > 0) {
    await openSpendPeriods(runner, unopened);
    rooms = await readRooms(runner, demands);
  }
  const fits = fitting(
    demands.map(({ cost }, index) => ({ cost: parseAmount(cost), rooms: rooms[index].map(roomOf) })),
  );
  const refused = items.flatMap((item, index) =>
    fits[index] ? [] : [{ item, error: errorOf(demands[index], rooms[index]) }],
  );
  await noteWhatIsUsedUp(runner, demands, rooms, fits);
  return { retry: items.filter((_, index) => fits[index]), refused };
}

/**
 * Reserves a sum under the spend caps of an app, all of it or nothing: for whoever holds a total at once. In the transaction that
 * also writes the hold to the ledger: an entry of kind `hold` with this `at`, from which on the ledger's own entries give back.
 *
 * @param runner the transaction
 * @throws SpendCapReachedError nothing was reserved
 */
export async function reserveTotal(runner: StatementRunner, demand: MessageDemand): Promise<void> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    if ((await reserveSpend(runner, demand)).length === 0) return;
    const [refused] = (await sortDemands(runner, [demand], (same) => same)).refused;
    if (refused !== undefined) throw refused.error;
  }
  const [rooms] = await readRooms(runner, [demand]);
  throw errorOf(demand, rooms);
}

const keyOf = ({ app_id: app, currency, period, starts_on: day }: CapRoom): string =>
  `${app} ${currency} ${period} ${day}`;

/** What is not counted yet refuses nothing. */
const roomOf = (room: CapRoom) => ({ key: keyOf(room), left: room.counted === false ? BOUNDLESS : leftOf(room) });
const BOUNDLESS = 10n ** 30n;

const leftOf = ({ cap, used }: CapRoom): bigint => parseAmount(cap) - parseAmount(used ?? '0');

/** The cap with the least left is the one that is named. */
function errorOf({ cost, currency }: SpendDemand, rooms: readonly CapRoom[]): SpendCapReachedError {
  const [room] = [...rooms].sort((one, other) => (leftOf(one) < leftOf(other) ? -1 : 1));
  const unit = currency as Currency;
  return new SpendCapReachedError(money(parseAmount(cost), unit), {
    period: room.period === CAP_PERIODS.daily ? 'daily' : 'monthly',
    cap: money(parseAmount(room.cap), unit),
    used: money(parseAmount(room.used ?? '0'), unit),
    renewsAt: Date.parse(room.renews_at),
  });
}

/** A cap of which a refused request could not have had even one message counts as reached. */
async function noteWhatIsUsedUp(
  runner: StatementRunner,
  demands: readonly MessageDemand[],
  rooms: readonly (readonly CapRoom[])[],
  fits: readonly boolean[],
): Promise<void> {
  const usedUp = new Map<string, CapRoom>();
  demands.forEach(({ leastMessage }, index) => {
    if (fits[index]) return;
    for (const room of rooms[index]) {
      if (room.counted !== false && leftOf(room) < parseAmount(leastMessage)) usedUp.set(keyOf(room), room);
    }
  });
  for (const room of usedUp.values()) await noteExhausted(runner, room);
}
