import type { UsageDimension, UsageRow } from '../../database/statements/usage.js';
import { csvLine } from '../../rest/csv.js';
import { isCurrency, minorUnitDigits } from '../domain/currency.js';
import { formatAmount, MoneyJson, parseAmount } from '../domain/money.js';

/** What was spent in one currency. */
export class UsageFiguresView {
  /** Charged, less what was given back. */
  readonly segments: number;
  /** Exact, as the ledger has it. */
  readonly cost: MoneyJson;
}

/** The usage that has these in common, in one currency; a member stands here when it was asked for. */
export class UsageItemView extends UsageFiguresView {
  readonly app?: string;
  /** Calling code. */
  readonly country?: number;
  /** Null: not known any more. */
  readonly route?: string | null;
  /** ISO-8601, in the time zone that was asked for. */
  readonly day?: string;
}

/** What `GET /v1/billing/usage` answers. */
export class UsageView {
  /** The period as it was counted: whole quarters of an hour that contain the one that was asked for. */
  readonly from: string;
  readonly to: string;
  readonly timeZone: string;
  readonly groupBy: string[];
  /** One for each group and currency that has any, in the order of time, then of the names. */
  readonly items: UsageItemView[];
  /** All of them together, one a currency. */
  readonly totals: UsageFiguresView[];
}

const LABELS: Readonly<Record<UsageDimension, (row: UsageRow) => string | number | null>> = {
  app: (row) => row.app,
  country: (row) => row.country_code,
  route: (row) => row.route,
  day: (row) => row.day,
};

function costOf(amount: bigint, currency: string): MoneyJson {
  const digits = isCurrency(currency) ? minorUnitDigits(currency) : 0;
  return { amount: formatAmount(amount, digits), currency } as MoneyJson;
}

/** The items and totals of rows. */
export function usageFigures(
  rows: readonly UsageRow[],
  groupBy: readonly UsageDimension[],
): Pick<UsageView, 'items' | 'totals'> {
  const totals = new Map<string, { segments: number; amount: bigint }>();
  const items = rows.map((row) => {
    const amount = parseAmount(row.amount);
    const total = totals.get(row.currency) ?? { segments: 0, amount: 0n };
    totals.set(row.currency, { segments: total.segments + row.segments, amount: total.amount + amount });
    return {
      ...Object.fromEntries(groupBy.map((dimension) => [dimension, LABELS[dimension](row)])),
      segments: row.segments,
      cost: costOf(amount, row.currency),
    };
  });
  return {
    items,
    totals: Array.from(totals, ([currency, { segments, amount }]) => ({ segments, cost: costOf(amount, currency) })),
  };
}

/** Usage as CSV (RFC 4180): a line an item. */
export function usageCsv({ items }: UsageView, groupBy: readonly UsageDimension[]): string {
  const header = [...groupBy, 'segments', 'cost', 'currency'];
  const lines = items.map((item) => [
    ...groupBy.map((dimension) => item[dimension]),
    item.segments,
    item.cost.amount,
    item.cost.currency,
  ]);
  return [header, ...lines].map(csvLine).join('');
}
