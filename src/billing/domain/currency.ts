/** The settlement currencies of protocol.md 9. */
export type Currency = 'CNY' | 'HKD' | 'TWD' | 'EUR' | 'USD' | 'GBP' | 'AUD' | 'KRW' | 'JPY';

const MINOR_UNITS: Readonly<Record<Currency, 0 | 2>> = {
  CNY: 2,
  HKD: 2,
  TWD: 2,
  EUR: 2,
  USD: 2,
  GBP: 2,
  AUD: 2,
  KRW: 0,
  JPY: 0,
};

/** All settlement currencies, in the order of the protocol. */
export const CURRENCIES: readonly Currency[] = Object.keys(MINOR_UNITS) as Currency[];

/** True of the ISO 4217 code, in capitals, of a settlement currency. */
export function isCurrency(value: unknown): value is Currency {
  return typeof value === 'string' && Object.hasOwn(MINOR_UNITS, value);
}

/** Digits of the currency's minor unit by ISO 4217: none for JPY and KRW, else 2. */
export function minorUnitDigits(currency: Currency): 0 | 2 {
  return MINOR_UNITS[currency];
}
