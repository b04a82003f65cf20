import * as fc from 'fast-check';
import { ApplicationError } from '../../errors.js';
import { CURRENCIES, type Currency, isCurrency, minorUnitDigits } from './currency.js';
import {
  add,
  compare,
  CurrencyMismatchError,
  formatAmount,
  money,
  multiply,
  negate,
  parseAmount,
  parseMoney,
  roundToMinorUnit,
  subtract,
  sum,
  toMoneyJson,
  zero,
} from './money.js';

const MAX = 10n ** 20n - 1n;
const amounts = fc.bigInt({ min: -MAX, max: MAX });
const small = fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n });
const currencies = fc.constantFrom(...CURRENCIES);

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof ApplicationError) return error.code;
    throw error;
  }
  return 'none';
}

describe('currencies', () => {
  it('are those of protocol.md 9, with the minor units of ISO 4217', () => {
    const digits = CURRENCIES.map((currency) => [currency, minorUnitDigits(currency)]);
    expect(digits).toEqual([
      ['CNY', 2],
      ['HKD', 2],
      ['TWD', 2],
      ['EUR', 2],
      ['USD', 2],
      ['GBP', 2],
      ['AUD', 2],
      ['KRW', 0],
      ['JPY', 0],
    ]);
    expect(CURRENCIES.every(isCurrency)).toBe(true);
    for (const other of ['hkd', 'CHF', '', 'toString', 'constructor', 1, null, undefined])
      expect(isCurrency(other)).toBe(false);
  });
});

describe('decimal strings', () => {
  it.each([
    ['0', 0n],
    ['0.00', 0n],
    ['-0', 0n],
    ['0.7', 70_000_000n],
    ['0.70', 70_000_000n],
    ['0.35000000', 35_000_000n],
    ['0.00000001', 1n],
    ['-0.00000001', -1n],
    ['12', 1_200_000_000n],
    ['-12.5', -1_250_000_000n],
    ['999999999999.99999999', MAX],
    ['-999999999999.99999999', -MAX],
  ])('%s is read', (text, amount) => {
    expect(parseAmount(text)).toBe(amount);
  });

  it.each([
    '',
    ' ',
    '1 ',
    ' 1',
    '+1',
    '.5',
    '5.',
    '1e3',
    '1E-2',
    '00',
    '01',
    '1,5',
    '1.123456789',
    '1000000000000',
    '0x1',
    '--1',
    'NaN',
    'Infinity',
    '１',
    '1\n',
    '1_0',
    '-',
  ])('%j is malformed', (text) => {
    expect(codeOf(() => parseAmount(text))).toBe('malformed_amount');
  });

  it.each<[bigint, Currency, string]>([
    [0n, 'HKD', '0.00'],
    [0n, 'JPY', '0'],
    [70_000_000n, 'HKD', '0.70'],
    [35_000_000n, 'USD', '0.35'],
    [4_500_000n, 'USD', '0.045'],
    [1n, 'HKD', '0.00000001'],
    [-1n, 'HKD', '-0.00000001'],
    [-70_000_000n, 'HKD', '-0.70'],
    [1_200_000_000n, 'JPY', '12'],
    [1_250_000_000n, 'KRW', '12.5'],
    [100_000_000_000n, 'TWD', '1000.00'],
    [100_000_010_000n, 'EUR', '1000.0001'],
    [MAX, 'GBP', '999999999999.99999999'],
    [-MAX, 'AUD', '-999999999999.99999999'],
  ])('%s of %s is shown as %s', (amount, currency, text) => {
    expect(toMoneyJson(money(amount, currency))).toEqual({ amount: text, currency });
  });

  it('come back as they went', () => {
    fc.assert(
      fc.property(amounts, currencies, (amount, currency) => {
        const json = toMoneyJson(money(amount, currency));
        expect(parseMoney(json)).toEqual({ amount, currency });
        expect(parseAmount(formatAmount(amount))).toBe(amount);
        expect(parseAmount(formatAmount(amount, 8))).toBe(amount);
        expect(json.amount).toMatch(
          minorUnitDigits(currency) === 2 ? /^-?\d+\.\d\d(?:\d{0,5}[1-9])?$/ : /^-?\d+(?:\.\d{0,7}[1-9])?$/,
        );
      }),
    );
  });

  it('take the digits asked for', () => {
    expect(formatAmount(70_000_000n)).toBe('0.7');
    expect(formatAmount(70_000_000n, 8)).toBe('0.70000000');
    expect(formatAmount(-500_000_000n)).toBe('-5');
  });
});

describe('money in JSON', () => {
  it('is an amount in a string and a currency', () => {
    expect(parseMoney({ amount: '0.70', currency: 'HKD', note: 'ignored' })).toEqual(money(70_000_000n, 'HKD'));
  });

  it.each([null, undefined, 5, '0.70', [], {}, { amount: 0.7, currency: 'HKD' }, { amount: 'x', currency: 'HKD' }])(
    '%j is malformed',
    (value) => {
      expect(codeOf(() => parseMoney(value))).toBe('malformed_amount');
    },
  );

  it.each([undefined, 'CHF', 'hkd', 5])('the currency %j is unknown', (currency) => {
    expect(codeOf(() => parseMoney({ amount: '1', currency }))).toBe('unknown_currency');
  });
});

describe('arithmetic', () => {
  it('adds, subtracts, negates and sums within a currency', () => {
    fc.assert(
      fc.property(fc.array(small), small, small, currencies, (values, one, other, currency) => {
        const [left, right] = [money(one, currency), money(other, currency)];
        expect(add(left, right).amount).toBe(one + other);
        expect(subtract(left, right)).toEqual(add(left, negate(right)));
        expect(compare(left, right)).toBe(one < other ? -1 : one > other ? 1 : 0);
        const total = sum(
          currency,
          values.map((value) => money(value, currency)),
        );
        expect(total.amount).toBe(values.reduce((rest, value) => rest + value, 0n));
      }),
    );
    expect(sum('JPY', [])).toEqual(zero('JPY'));
  });

  it('multiplies by integers only', () => {
    expect(multiply(money(35_000_000n, 'HKD'), 3)).toEqual(money(105_000_000n, 'HKD'));
    expect(multiply(money(35_000_000n, 'HKD'), -2n)).toEqual(money(-70_000_000n, 'HKD'));
    for (const factor of [0.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY])
      expect(codeOf(() => multiply(money(1n, 'HKD'), factor))).toBe('bad_argument');
  });

  it('never mixes currencies', () => {
    const [hkd, usd] = [money(1n, 'HKD'), money(1n, 'USD')];
    expect(() => add(hkd, usd)).toThrow(CurrencyMismatchError);
    expect(() => subtract(hkd, usd)).toThrow(CurrencyMismatchError);
    expect(() => compare(hkd, usd)).toThrow(CurrencyMismatchError);
    expect(() => sum('HKD', [hkd, usd])).toThrow(CurrencyMismatchError);
  });

  it('stays within numeric(20,8)', () => {
    expect(money(MAX, 'HKD').amount).toBe(MAX);
    for (const amount of [MAX + 1n, -MAX - 1n]) expect(codeOf(() => money(amount, 'HKD'))).toBe('amount_out_of_range');
    expect(codeOf(() => add(money(MAX, 'HKD'), money(1n, 'HKD')))).toBe('amount_out_of_range');
    expect(codeOf(() => multiply(money(MAX, 'HKD'), 2))).toBe('amount_out_of_range');
    expect(codeOf(() => sum('HKD', [money(MAX, 'HKD'), money(MAX, 'HKD')]))).toBe('amount_out_of_range');
    expect(codeOf(() => roundToMinorUnit(money(MAX, 'HKD')))).toBe('amount_out_of_range');
  });
});

describe('rounding to the minor unit', () => {
  it.each<[string, Currency, string]>([
    ['0.005', 'HKD', '0.00'],
    ['0.015', 'HKD', '0.02'],
    ['0.025', 'HKD', '0.02'],
    ['0.02500001', 'HKD', '0.03'],
    ['0.02499999', 'HKD', '0.02'],
    ['-0.005', 'HKD', '0.00'],
    ['-0.015', 'HKD', '-0.02'],
    ['-0.025', 'HKD', '-0.02'],
    ['1.994', 'USD', '1.99'],
    ['1.995', 'USD', '2.00'],
    ['0.5', 'JPY', '0'],
    ['1.5', 'JPY', '2'],
    ['2.5', 'KRW', '2'],
    ['2.50000001', 'KRW', '3'],
    ['-3.5', 'JPY', '-4'],
    ['0.125', 'TWD', '0.12'],
  ])('%s %s is %s', (text, currency, expected) => {
    expect(toMoneyJson(roundToMinorUnit(money(parseAmount(text), currency))).amount).toBe(expected);
  });

  /** Half even on the decimal string, digit by digit: another way than the source's. */
  function oracle(amount: bigint, digits: number): bigint {
    const text = (amount < 0n ? -amount : amount).toString().padStart(9, '0');
    const cut = text.length - (8 - digits);
    const [kept, rest] = [text.slice(0, cut), text.slice(cut)];
    const half = `5${'0'.repeat(rest.length - 1)}`;
    const up = rest > half || (rest === half && '13579'.includes(kept[kept.length - 1]));
    const rounded = (BigInt(kept) + (up ? 1n : 0n)) * 10n ** BigInt(8 - digits);
    return amount < 0n ? -rounded : rounded;
  }

  it('is half to even for any amount, as another way of doing it finds', () => {
    const whole = fc.bigInt({ min: -(10n ** 11n), max: 10n ** 11n });
    const nearHalves = fc
      .tuple(whole, fc.constantFrom(10n ** 6n, 10n ** 8n), fc.bigInt({ min: -1n, max: 1n }))
      .map(([units, unit, off]) => units * unit + unit / 2n + off);
    const values = fc.oneof(small, nearHalves);
    fc.assert(
      fc.property(values, currencies, (amount, currency) => {
        const rounded = roundToMinorUnit(money(amount, currency));
        expect(rounded.amount).toBe(oracle(amount, minorUnitDigits(currency)));
        expect(roundToMinorUnit(rounded)).toEqual(rounded);
      }),
      { numRuns: 1000 },
    );
  });

  it.each(CURRENCIES)(
    'moves %s by half a minor unit at the most, keeps order and sign, and leaves a remainder that adds up',
    (currency) => {
      const unit = 10n ** BigInt(8 - minorUnitDigits(currency));
      const round = (amount: bigint): bigint => roundToMinorUnit(money(amount, currency)).amount;
      const near = fc.bigInt({ min: -3n * unit, max: 3n * unit });
      fc.assert(
        fc.property(fc.array(fc.oneof(small, near), { minLength: 1, maxLength: 20 }), (amounts) => {
          const lines = amounts.map((amount) => {
            const rounded = round(amount);
            const remainder = amount - rounded;
            expect(rounded % unit).toBe(0n);
            expect((remainder < 0n ? -remainder : remainder) * 2n).toBeLessThanOrEqual(unit);
            expect(round(-amount)).toBe(-rounded);
            return { rounded, remainder };
          });
          const inOrder = [...amounts].sort((one, other) => (one < other ? -1 : 1)).map(round);
          inOrder.reduce((one, other) => {
            expect(other >= one).toBe(true);
            return other;
          });
          const total = lines.reduce((rest, { rounded, remainder }) => rest + rounded + remainder, 0n);
          expect(total).toBe(amounts.reduce((rest, amount) => rest + amount, 0n));
        }),
      );
    },
  );
});
