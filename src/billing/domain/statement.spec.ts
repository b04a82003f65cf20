import * as fc from 'fast-check';

import { CURRENCIES, type Currency, minorUnitDigits } from './currency.js';
import { type Money, multiply, parseAmount, sum, zero } from './money.js';
import { type Account, type LineFacts, makeStatement, roundLine } from './statement.js';

const of = (amount: string, currency: Currency): Money => ({ amount: parseAmount(amount), currency });

function line(unitPrice: string, currency: Currency, charged: number, more: Partial<LineFacts> = {}): LineFacts {
  const price = of(unitPrice, currency);
  const { credited = 0 } = more;
  return {
    origin: '2026-11',
    countryCode: 852,
    route: 'R1',
    priceId: 1,
    priceVersion: 1,
    unitPrice: price,
    charged,
    credited,
    exact: multiply(price, charged - credited),
    ...more,
  };
}

describe('a line', () => {
  it.each([
    // A half goes to the even neighbour; more and less than a half to the nearer one.
    ['0.045', 'HKD', 1, '0.04', '0.005'],
    ['0.035', 'HKD', 1, '0.04', '-0.005'],
    ['0.0551', 'USD', 1, '0.06', '-0.0049'],
    ['0.0575', 'HKD', 3, '0.17', '0.0025'],
    ['2.5', 'JPY', 1, '2', '0.5'],
    ['3.5', 'JPY', 1, '4', '-0.5'],
    ['11.25', 'KRW', 3, '34', '-0.25'],
    ['12', 'KRW', 3, '36', '0'],
    ['0.00000001', 'EUR', 1, '0', '0.00000001'],
  ] as const)('of %s %s × %d is rounded to %s', (price, currency, quantity, rounded, remainder) => {
    expect(roundLine(line(price, currency, quantity))).toMatchObject({
      quantity,
      rounded: of(rounded, currency),
      remainder: of(remainder, currency),
    });
  });

  it('that gives back is rounded as one that charges, with the other sign', () => {
    const back = roundLine(line('0.045', 'HKD', 0, { credited: 1 }));
    expect([back.quantity, back.rounded.amount, back.remainder.amount]).toEqual([-1, -4_000_000n, -500_000n]);
  });
});

const currencies = fc.constantFrom(...CURRENCIES);
const facts = fc
  .record({
    currency: currencies,
    price: fc.bigInt({ min: 0n, max: 10n ** 10n }),
    charged: fc.nat(100_000),
    credited: fc.nat(100_000),
    origin: fc.constantFrom('2026-09', '2026-10', '2026-11'),
    countryCode: fc.constantFrom(1, 65, 852),
    route: fc.constantFrom('R1', 'R2', null),
    priceVersion: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ currency, price, charged, credited, ...more }): LineFacts => {
    const unitPrice = { amount: price, currency };
    return { ...more, priceId: 1, unitPrice, charged, credited, exact: multiply(unitPrice, charged - credited) };
  });
const accounts = fc.uniqueArray(
  fc
    .record({ currency: currencies, opening: fc.bigInt({ min: 0n, max: 10n ** 16n }) })
    .map(({ currency, opening }): Account => ({
      currency,
      opening: { amount: opening, currency },
      held: zero(currency),
    })),
  { selector: ({ currency }) => currency },
);

describe('a statement', () => {
  it('adds up, line by line and in every total, to the last 10^-8', () => {
    fc.assert(
      fc.property(fc.array(facts, { maxLength: 30 }), accounts, (facts, accounts) => {
        const { lines, totals } = makeStatement('2026-11', facts, accounts);
        for (const { exact, rounded, remainder } of lines) {
          const unit = 10n ** BigInt(8 - minorUnitDigits(exact.currency));
          expect(rounded.amount + remainder.amount).toBe(exact.amount);
          expect(rounded.amount % unit).toBe(0n);
          const size = remainder.amount < 0n ? -remainder.amount : remainder.amount;
          expect(size * 2n <= unit).toBe(true);
          if (size * 2n === unit) expect((rounded.amount / unit) % 2n).toBe(0n);
        }
        for (const total of totals) {
          const own = lines.filter(({ exact }) => exact.currency === total.currency);
          const add = (pick: (line: (typeof own)[number]) => Money): Money => sum(total.currency, own.map(pick));
          expect(add(({ exact }) => exact)).toEqual(total.exact);
          expect(add(({ rounded }) => rounded)).toEqual(total.rounded);
          expect(add(({ remainder }) => remainder)).toEqual(total.remainder);
          expect(total.charges.amount + total.corrections.amount).toBe(total.exact.amount);
          expect(total.rounded.amount + total.remainder.amount).toBe(total.exact.amount);
          expect(total.opening.amount + total.exact.amount).toBe(total.closing.amount);
        }
        // Nothing is lost: every fact is in a line, every currency in a total.
        const exactOf = (some: readonly { exact: Money }[]) => some.reduce((sum, { exact }) => sum + exact.amount, 0n);
        expect(exactOf(lines)).toBe(exactOf(facts));
        const named = new Set([
          ...lines.map(({ exact }) => exact.currency),
          ...accounts.map(({ currency }) => currency),
        ]);
        expect(totals.map(({ currency }) => currency)).toEqual([...named].toSorted());
      }),
    );
  });

  it('does not depend on the order of what it is made of', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(facts, {
          maxLength: 12,
          selector: (f) => `${f.origin} ${f.countryCode} ${f.route} ${f.unitPrice.currency} ${f.priceVersion}`,
        }),
        (facts) => {
          const one = makeStatement('2026-11', facts, []);
          expect(makeStatement('2026-11', facts.toReversed(), [])).toEqual(one);
        },
      ),
    );
  });

  it('has its own month first, then the months that it corrects', () => {
    const { lines, totals } = makeStatement(
      '2026-11',
      [
        line('0.35', 'HKD', 0, { origin: '2026-10', credited: 2 }),
        line('0.35', 'HKD', 3, { countryCode: 852 }),
        line('0.05', 'HKD', 1, { countryCode: 1 }),
        line('0.05', 'HKD', 0, { countryCode: 7 }),
      ],
      [],
    );
    expect(lines.map(({ origin, countryCode }) => [origin, countryCode])).toEqual([
      ['2026-11', 1],
      ['2026-11', 852],
      ['2026-10', 852],
    ]);
    expect(totals).toMatchObject([
      { charges: of('1.1', 'HKD'), corrections: of('-0.7', 'HKD'), exact: of('0.4', 'HKD') },
    ]);
  });
});
