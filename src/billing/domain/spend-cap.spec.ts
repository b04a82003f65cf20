import * as fc from 'fast-check';

import { money } from './money.js';
import { type Demand, fitting, SpendCapReachedError } from './spend-cap.js';

const day = (left: bigint) => ({ key: 'day', left });
const month = (left: bigint) => ({ key: 'month', left });

describe('fitting', () => {
  it('passes over what is too much, and tries the next', () => {
    const demands = [6n, 5n, 4n, 1n].map((cost) => ({ cost, rooms: [day(10n)] }));
    expect(fitting(demands)).toEqual([true, false, true, false]);
  });

  it('needs room under every cap, and takes none of one where another refuses', () => {
    const demands: Demand[] = [
      { cost: 5n, rooms: [day(9n), month(4n)] },
      { cost: 9n, rooms: [day(9n)] },
      { cost: 4n, rooms: [month(4n)] },
      { cost: 0n, rooms: [day(9n), month(4n)] },
    ];
    expect(fitting(demands)).toEqual([false, true, true, true]);
  });

  it('never takes more than there is, and refuses nothing that would still fit', () => {
    const rooms = fc.record({ day: fc.bigInt({ min: -5n, max: 100n }), month: fc.bigInt({ min: -5n, max: 100n }) });
    const costs = fc.array(fc.tuple(fc.bigInt({ min: 0n, max: 40n }), fc.boolean(), fc.boolean()));
    fc.assert(
      fc.property(rooms, costs, (given, all) => {
        const demands = all.map(([cost, daily, monthly]) => ({
          cost,
          rooms: [...(daily ? [day(given.day)] : []), ...(monthly ? [month(given.month)] : [])],
        }));
        const left: Record<string, bigint> = { ...given };
        fitting(demands).forEach((fits, index) => {
          const { cost, rooms } = demands[index];
          expect(fits).toBe(cost === 0n || rooms.every(({ key }) => left[key] >= cost));
          if (fits) for (const { key } of rooms) left[key] -= cost;
        });
      }),
    );
  });
});

it('says which cap, what is left, and when it renews', () => {
  const [cap, used, cost] = [1_000_000_000n, 980_000_000n, 35_000_000n].map((amount) => money(amount, 'HKD'));
  const renewsAt = Date.UTC(2026, 10, 23);
  const error = new SpendCapReachedError(cost, { period: 'daily', cap, used, renewsAt });
  expect([error.kind, error.code]).toEqual(['rule', 'spend_cap_reached']);
  expect(error.message).toBe(
    'The request would pass the daily spend cap of 10.00 HKD: it costs 0.35 HKD, 0.20 HKD is left, and the cap renews at 2026-11-23T00:00:00.000Z.',
  );
  const over = new SpendCapReachedError(cost, { period: 'monthly', cap, used: money(2_000_000_000n, 'HKD'), renewsAt });
  expect(over.message).toContain('0.00 HKD is left');
});
