import { type Currency, isCurrency } from '../../billing/domain/currency.js';
import { type MoneyJson, money, parseAmount, toMoneyJson } from '../../billing/domain/money.js';
import { ApplicationError } from '../../errors.js';
import { type MessageStatus, statusOfCode } from '../../messaging/domain/message-status.js';
import { NO_BIN, type Percentiles, percentilesOf } from './delivery-time.js';

/** Counts of messages that have status, bin and price in common. */
export interface SummaryPart {
  /** Code of the stored status. */
  readonly status: number;
  /** Of the time to delivery. */
  readonly bin: number;
  readonly currency: string;
  /** Decimal text. */
  readonly cost: string;
  readonly messages: number;
  readonly segments: number;
}

/** The statuses of a summary: what still waits in a packet is `queued`, whether scheduled, queued or being sent. */
export type SummaryStatus = Exclude<MessageStatus, 'scheduled' | 'sending'>;

/** Every status of a summary, in the order of a message's life. */
export const SUMMARY_STATUSES: readonly SummaryStatus[] = [
  'queued',
  'in_doubt',
  'submitted',
  'delivered',
  'undelivered',
  'expired',
  'rejected',
  'unknown',
  'failed',
  'cancelled',
];

/** What a summary says of some messages. The counts by status add up to `messages`. */
export interface SummaryFigures {
  readonly messages: number;
  readonly segments: number;
  readonly counts: Readonly<Record<SummaryStatus, number>>;
  /** What was spent, by currency. */
  readonly cost: MoneyJson[];
  /** Delivered ones among those that have ended other than by being cancelled; null when none has. */
  readonly deliveryRate: number | null;
  /** Seconds from when they were due to the earliest report of the delivery, of those that are `delivered`; null: none is. */
  readonly timeToDelivery: Percentiles | null;
}

/** The status under which a summary counts a stored one. */
export function summaryStatus(code: number): SummaryStatus {
  const status = statusOfCode(code) ?? 'unknown';
  return status === 'pending' ? 'queued' : status;
}

const ENDED: readonly SummaryStatus[] = ['delivered', 'undelivered', 'expired', 'rejected', 'unknown', 'failed'];

/** Adds parts up, whatever their order. */
export class SummaryFolder {
  private messages = 0;
  private segments = 0;
  private readonly counts = Object.fromEntries(SUMMARY_STATUSES.map((status) => [status, 0])) as Record<
    SummaryStatus,
    number
  >;
  private readonly cost = new Map<Currency, bigint>();
  private readonly histogram = new Map<number, number>();

  /** @throws ApplicationError `internal`/`unknown_currency` */
  add(part: SummaryPart): void {
    const { currency, bin, messages } = part;
    if (!isCurrency(currency))
      throw new ApplicationError('internal', 'unknown_currency', `A price has the currency ${currency}.`);
    this.messages += messages;
    this.segments += part.segments;
    this.counts[summaryStatus(part.status)] += messages;
    if (bin !== NO_BIN) this.histogram.set(bin, (this.histogram.get(bin) ?? 0) + messages);
    const cost = parseAmount(part.cost);
    if (cost !== 0n) this.cost.set(currency, (this.cost.get(currency) ?? 0n) + cost);
  }

  /** What has been added so far. */
  figures(): SummaryFigures {
    const ended = ENDED.reduce((sum, status) => sum + this.counts[status], 0);
    const cost = [...this.cost].toSorted(([one], [other]) => (one < other ? -1 : 1));
    return {
      messages: this.messages,
      segments: this.segments,
      counts: { ...this.counts },
      cost: cost.map(([currency, amount]) => toMoneyJson(money(amount, currency))),
      deliveryRate: ended === 0 ? null : Math.round((this.counts.delivered / ended) * 1e6) / 1e6,
      timeToDelivery: percentilesOf(this.histogram),
    };
  }
}
