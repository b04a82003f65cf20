import { type MoneyJson, parseAmount, toMoneyJson } from '../../billing/domain/money.js';
import { ApplicationError } from '../../errors.js';
import type { CustomerAccount } from '../accounts/customer-account.entity.js';

/** An account as operators see it. */
export interface AccountView {
  readonly name: string;
  readonly currency: string;
  readonly balance: MoneyJson;
  readonly defaultSenderId: string;
  readonly ratePerSecond: number;
  readonly queueLimit: number;
  readonly allowedAddresses: readonly string[];
  readonly certificateFingerprints: readonly string[];
  readonly callbackUrl: string | null;
  readonly createdAt: string;
  /** Set: its AUTH_KEY is not good any more. */
  readonly revokedAt: string | null;
}

/** An account with an AUTH_KEY that is shown this once; null where a repeated call gets the answer again. */
export type AccountWithKey = AccountView & { readonly authKey: string | null };

/** There is no account of this name. */
export class AccountNotFoundError extends ApplicationError {
  constructor() {
    super('not_found', 'account_not_found', 'There is no account of this name.');
  }
}

/** @param balance as PostgreSQL gives it */
export function accountView(account: CustomerAccount, balance: string): AccountView {
  return {
    name: account.name,
    currency: account.currency,
    balance: toMoneyJson({ amount: parseAmount(balance), currency: account.currency }),
    defaultSenderId: account.defaultSenderId,
    ratePerSecond: account.ratePerSecond,
    queueLimit: account.queueLimit,
    allowedAddresses: account.allowedAddresses,
    certificateFingerprints: account.certificateFingerprints,
    callbackUrl: account.callbackUrl,
    createdAt: account.createdAt.toISOString(),
    revokedAt: account.revokedAt?.toISOString() ?? null,
  };
}
