import type { Currency } from '../../billing/domain/currency.js';
import { formatAmount } from '../../billing/domain/money.js';
import type { AccountPrice } from '../accounts/account-price.entity.js';
import { type PriceDto, readAmount, validFromOf } from './price.dto.js';

/**
 * The rows that price versions make.
 *
 * @param list name of the list that they came in, for the names of faulty members; empty: they are the body
 * @throws ApplicationError `currency_mismatch` (rule); InvalidRequestError for a time that has passed
 */
export function priceRows(
  account: { readonly id: number; readonly currency: Currency },
  prices: readonly PriceDto[],
  now: number,
  list = '',
): Omit<AccountPrice, 'id'>[] {
  return prices.map((price, index) => {
    const place = `${list}[${index}]`;
    const amount =
      price.perSegment === null ? null : readAmount(`${place}.perSegment`, price.perSegment, account.currency).amount;
    return {
      accountId: account.id,
      countryCode: price.countryCode,
      perSegment: amount === null ? null : formatAmount(amount),
      validFrom: new Date(validFromOf(`${place}.validFrom`, price, now)),
    };
  });
}
