import type { Currency } from '../../billing/domain/currency.js';
import { MoneyJson, parseAmount, toMoneyJson } from '../../billing/domain/money.js';
import type { LedgerRow } from '../../database/statements/platform-ledger.js';

/** A line of the ledger. */
export class LedgerView {
  readonly id: string;
  readonly at: string;
  readonly kind: 'debit' | 'top_up' | 'correction';
  /** Negative: it went out. */
  readonly amount: MoneyJson;
  /** A debit's segments, and what one of them cost. */
  readonly segments: number | null;
  readonly perSegment: MoneyJson | null;
  readonly note: string;
}

export function ledgerView(row: LedgerRow): LedgerView {
  const currency = row.currency as Currency;
  const moneyOf = (amount: string): MoneyJson => toMoneyJson({ amount: parseAmount(amount), currency });
  return {
    id: row.id,
    at: row.at.toISOString(),
    kind: row.kind as LedgerView['kind'],
    amount: moneyOf(row.amount),
    segments: row.quantity,
    perSegment: row.per_segment === null ? null : moneyOf(row.per_segment),
    note: row.note,
  };
}
