import { csvLine } from '../../rest/csv.js';
import type { BillingMonth } from '../domain/billing-month.js';
import { type Currency, minorUnitDigits } from '../domain/currency.js';
import { formatAmount, type Money, MoneyJson, toMoneyJson } from '../domain/money.js';
import type { Statement, StatementLine, StatementTotal } from '../domain/statement.js';

/** A line: what messages of one country, route and price version cost. exact = rounded + remainder. */
export class StatementLineView {
  /** In which the messages were accepted, `yyyy-mm`: the statement's own, or an earlier one that is corrected. */
  readonly month: string;
  /** Calling code. */
  readonly country: number;
  /** Null: not known any more. */
  readonly route: string | null;
  /** Version of the price in the price book. */
  readonly priceVersion: number;
  /** Id of the price, as `GET /v1/prices/{id}` takes it. */
  readonly priceId: number;
  /** For a segment. */
  readonly unitPrice: MoneyJson;
  /** Segments that were charged. */
  readonly charged: number;
  /** Segments that were given back. */
  readonly credited: number;
  /** Segments: charged less credited. */
  readonly quantity: number;
  /** quantity × unitPrice. */
  readonly exact: MoneyJson;
  /** In whole minor units of the currency, a half to the even one. */
  readonly rounded: MoneyJson;
  /** What the rounding left over, or took. */
  readonly remainder: MoneyJson;
}

/** A statement in one currency. */
export class StatementTotalView {
  readonly currency: Currency;
  /** Spent before: the closing of the statement before. */
  readonly opening: MoneyJson;
  /** Exact, of messages of the month. */
  readonly charges: MoneyJson;
  /** Exact, of messages of earlier months. */
  readonly corrections: MoneyJson;
  /** charges + corrections. */
  readonly exact: MoneyJson;
  /** The sum of the rounded lines: what is to be paid. */
  readonly rounded: MoneyJson;
  /** The sum of their remainders. */
  readonly remainder: MoneyJson;
  /** opening + exact. */
  readonly closing: MoneyJson;
  /** Held, at the closing, for messages that may still be charged; in a later statement then. */
  readonly held: MoneyJson;
}

/** A month of an app. */
export class StatementSummaryView {
  readonly app: string;
  /** `yyyy-mm`, in UTC+8 as the provider's bill is. */
  readonly month: string;
  /** `closed` never changes again; `open` is a preview. */
  readonly status: 'open' | 'closed';
  /** Beginning of the month. */
  readonly from: string;
  /** End of the month. */
  readonly to: string;
  /** Null while it is open. */
  readonly closedAt: string | null;
  readonly totals: StatementTotalView[];
}

/** A statement. */
export class StatementView extends StatementSummaryView {
  /** By country, route and price version. */
  readonly lines: StatementLineView[];
  /** The same of earlier months, by these: news that came after they were closed, or over. */
  readonly corrections: StatementLineView[];
}

/** Whose statement it is, and how it stands. */
export interface StatementHead {
  readonly app: string;
  readonly month: BillingMonth;
  /** Null: open. */
  readonly closedAt: Date | null;
}

function lineView(line: StatementLine): StatementLineView {
  return {
    month: line.origin,
    country: line.countryCode,
    route: line.route,
    priceVersion: line.priceVersion,
    priceId: line.priceId,
    unitPrice: toMoneyJson(line.unitPrice),
    charged: line.charged,
    credited: line.credited,
    quantity: line.quantity,
    exact: toMoneyJson(line.exact),
    rounded: toMoneyJson(line.rounded),
    remainder: toMoneyJson(line.remainder),
  };
}

function totalView(total: StatementTotal): StatementTotalView {
  return {
    currency: total.currency,
    opening: toMoneyJson(total.opening),
    charges: toMoneyJson(total.charges),
    corrections: toMoneyJson(total.corrections),
    exact: toMoneyJson(total.exact),
    rounded: toMoneyJson(total.rounded),
    remainder: toMoneyJson(total.remainder),
    closing: toMoneyJson(total.closing),
    held: toMoneyJson(total.held),
  };
}

/** A statement without its lines, as lists show it. */
export function statementSummary(
  { app, month, closedAt }: StatementHead,
  totals: readonly StatementTotal[],
): Pick<StatementSummaryView, keyof StatementSummaryView> {
  return {
    app,
    month: month.name,
    status: closedAt === null ? 'open' : 'closed',
    from: new Date(month.from).toISOString(),
    to: new Date(month.to).toISOString(),
    closedAt: closedAt?.toISOString() ?? null,
    totals: totals.map(totalView),
  };
}

/** A statement as JSON shows it. */
export function statementView(head: StatementHead, { lines, totals }: Statement): StatementView {
  const own = head.month.name;
  return {
    ...statementSummary(head, totals),
    lines: lines.filter(({ origin }) => origin === own).map(lineView),
    corrections: lines.filter(({ origin }) => origin !== own).map(lineView),
  };
}

const COLUMNS = [
  'kind',
  'app',
  'statement',
  'status',
  'month',
  'country',
  'route',
  'price_version',
  'unit_price',
  'charged',
  'credited',
  'quantity',
  'exact',
  'rounded',
  'remainder',
  'currency',
];

/** A statement as CSV (RFC 4180): a row a line (`charge`, `correction`), then for each currency a `total`. */
export function statementCsv(head: StatementHead, { lines, totals }: Statement): string {
  const status = head.closedAt === null ? 'open' : 'closed';
  const common = [head.app, head.month.name, status];
  const amounts = ({ exact, rounded, remainder }: Pick<StatementLine, 'exact' | 'rounded' | 'remainder'>) => [
    amountText(exact),
    amountText(rounded),
    amountText(remainder),
    exact.currency,
  ];
  const rows = lines.map((line) => [
    line.origin === head.month.name ? 'charge' : 'correction',
    ...common,
    line.origin,
    line.countryCode,
    line.route,
    line.priceVersion,
    amountText(line.unitPrice),
    line.charged,
    line.credited,
    line.quantity,
    ...amounts(line),
  ]);
  const sums = totals.map((total) => ['total', ...common, ...Array<null>(8).fill(null), ...amounts(total)]);
  return [COLUMNS, ...rows, ...sums].map(csvLine).join('');
}

const amountText = ({ amount, currency }: Money): string => formatAmount(amount, minorUnitDigits(currency));
