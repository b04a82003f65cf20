import type { Currency } from '../../billing/domain/currency.js';
import { MoneyJson, parseAmount, toMoneyJson } from '../../billing/domain/money.js';
import { ApplicationError } from '../../errors.js';
import type { CustomerAccount } from '../accounts/customer-account.entity.js';

/** An account as operators see it. */
export class AccountView {
  readonly name: string;
  readonly currency: Currency;
  readonly balance: MoneyJson;
  readonly defaultSenderId: string;
  /** SMS a second, with a burst of one second. */
  readonly ratePerSecond: number;
  /** SMS that may wait for the carrier. */
  readonly queueLimit: number;
  /** IP addresses and CIDR ranges that its requests come from. */
  readonly allowedAddresses: string[];
  /** SHA-256 of the certificates that may use its AUTH_KEY; none: any trusted one may. */
  readonly certificateFingerprints: string[];
  /** Null: the callback listener of the same installation. */
  readonly callbackUrl: string | null;
  readonly createdAt: string;
  /** Set: its AUTH_KEY is not good any more. */
  readonly revokedAt: string | null;
}

/** An account with an AUTH_KEY that is shown this once. */
export class AccountWithKeyView extends AccountView {
  /** Null where a repeated call (Idempotency-Key) gets the answer again. */
  readonly authKey: string | null;
}

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

/** @param authKey null: it was shown already */
export function withKey(view: AccountView, authKey: string | null): AccountWithKeyView {
  return Object.assign(new AccountWithKeyView(), view, { authKey });
}
