import { MoneyJson } from '../billing/domain/money.js';
import type { SummaryDimension, SummaryRow } from '../database/statements/aggregate-summary.js';
import { csvLine } from '../rest/csv.js';
import { SUMMARY_STATUSES, SummaryFolder, summaryStatus } from './domain/summary.js';

/** Messages by status. What waits in a packet is `queued`, whether scheduled, queued or being sent. */
export class SummaryCountsView {
  readonly queued: number;
  readonly in_doubt: number;
  readonly submitted: number;
  readonly delivered: number;
  readonly undelivered: number;
  readonly expired: number;
  readonly rejected: number;
  readonly unknown: number;
  readonly failed: number;
  readonly cancelled: number;
}

/** Seconds from when messages were due to the earliest report of their delivery, within 2.5 %. */
export class PercentilesView {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** What a summary says of some messages. */
export class SummaryFiguresView {
  readonly messages: number;
  readonly segments: number;
  /** They add up to `messages`. */
  readonly counts: SummaryCountsView;
  /** What was spent, by currency. */
  readonly cost: MoneyJson[];
  /** Delivered ones among those that have ended other than by being cancelled, 0 to 1; null: none has. */
  readonly deliveryRate: number | null;
  /** Of those that are `delivered`; null: none is. */
  readonly timeToDelivery: PercentilesView | null;
}

/** The messages that have these in common; a member stands here when it was asked for. */
export class SummaryItemView extends SummaryFiguresView {
  /** Calling code. */
  readonly country?: number;
  readonly route?: string;
  readonly status?: string;
  readonly app?: string;
  /** Beginning of the hour, with its offset from UTC. */
  readonly hour?: string;
  /** ISO-8601. */
  readonly day?: string;
}

type SummaryGroup = Omit<SummaryItemView, keyof SummaryFiguresView>;

/** What `GET /v1/reports/summary` answers. */
export class SummaryView {
  /** The period as it was counted: whole quarters of an hour that contain the one that was asked for. */
  readonly from: string;
  readonly to: string;
  readonly timeZone: string;
  readonly groupBy: string[];
  /** One for each group that has messages, in the order of time, then of the names. */
  readonly items: SummaryItemView[];
  /** The same of all groups together. */
  readonly totals: SummaryFiguresView;
}

/** Folds rows, which come sorted by group, into groups and their total. */
export function foldSummary(
  rows: readonly SummaryRow[],
  groupBy: readonly SummaryDimension[],
): Pick<SummaryView, 'items' | 'totals'> {
  const totals = new SummaryFolder();
  const groups = new Map<string, { readonly group: SummaryGroup; readonly folder: SummaryFolder }>();
  for (const row of rows) {
    const group = groupOf(row, groupBy);
    const key = JSON.stringify(group);
    const known = groups.get(key) ?? { group, folder: new SummaryFolder() };
    groups.set(key, known);
    known.folder.add(row);
    totals.add(row);
  }
  const items = Array.from(groups.values(), ({ group, folder }) => ({ ...group, ...folder.figures() }));
  return { items, totals: totals.figures() };
}

const LABELS: Readonly<Record<SummaryDimension, (row: SummaryRow) => string | number | null>> = {
  country: (row) => row.country_code,
  route: (row) => row.route,
  status: (row) => summaryStatus(row.status),
  app: (row) => row.app,
  hour: (row) => (row.hour === null ? null : localTime(row.hour, row.hour_offset ?? 0)),
  day: (row) => row.day,
};

function groupOf(row: SummaryRow, groupBy: readonly SummaryDimension[]): SummaryGroup {
  return Object.fromEntries(groupBy.map((dimension) => [dimension, LABELS[dimension](row)]));
}

/** `2026-01-31T12:00:00+08:00`. */
function localTime(at: number, offsetMinutes: number): string {
  const local = new Date(at + offsetMinutes * 60_000).toISOString().slice(0, 19);
  const size = Math.abs(offsetMinutes);
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  return `${local}${offsetMinutes < 0 ? '-' : '+'}${two(size / 60)}:${two(size % 60)}`;
}

/** A summary as CSV (RFC 4180): a line a group, a column a status, a column a currency. */
export function summaryCsv({ items, totals }: SummaryView, groupBy: readonly SummaryDimension[]): string {
  const currencies = totals.cost.map(({ currency }) => currency);
  const header = [
    ...groupBy,
    'messages',
    'segments',
    ...SUMMARY_STATUSES,
    ...currencies.map((currency) => `cost_${currency}`),
    'delivery_rate',
    'p50_seconds',
    'p95_seconds',
    'p99_seconds',
  ];
  const lines = items.map((item) => [
    ...groupBy.map((dimension) => item[dimension]),
    item.messages,
    item.segments,
    ...SUMMARY_STATUSES.map((status) => item.counts[status]),
    ...currencies.map((currency) => item.cost.find((cost) => cost.currency === currency)?.amount ?? '0'),
    item.deliveryRate,
    item.timeToDelivery?.p50,
    item.timeToDelivery?.p95,
    item.timeToDelivery?.p99,
  ]);
  return [header, ...lines].map(csvLine).join('');
}
