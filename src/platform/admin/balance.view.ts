import type { MoneyJson } from '../../billing/domain/money.js';

/** What an account has left. */
export class BalanceView {
  readonly balance: MoneyJson;
}

/** A top-up or correction, and what the account has left after it. */
export class BalanceChangeView extends BalanceView {
  /** Of its line in the ledger. */
  readonly id: string;
}
