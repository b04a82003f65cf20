import { type Currency, isCurrency } from '../../billing/domain/currency.js';
import { money, type MoneyJson, multiply, parseAmount, sum, toMoneyJson } from '../../billing/domain/money.js';
import type { BulkCountryRow, BulkRow } from '../../database/statements/bulk-job.js';
import { ApplicationError } from '../../errors.js';
import type { CountryCostView } from '../answer.view.js';
import { BulkStatus, type ShownBulkStatus, shownBulkStatus } from '../domain/bulk-status.js';
import { LANE } from '../accept.service.js';

/** How far a bulk has come. */
export class BulkProgressView {
  /** Messages that have left the queue: handed to the platform, or ended. */
  readonly handedOver: number;
  /** Messages that are still to leave it. */
  readonly waiting: number;
  /** Messages that leave it in a second, lately; null while it does not run. */
  readonly perSecond: number | null;
  /** Seconds until the last one has left it, at that rate; null: nobody knows. */
  readonly secondsLeft: number | null;
}

/** The messages of a bulk by status, as counted some seconds ago. */
export class BulkMessagesView {
  /** Waiting in the file or in the queue, or on their way to the platform. */
  readonly queued: number;
  readonly inDoubt: number;
  readonly submitted: number;
  readonly delivered: number;
  readonly undelivered: number;
  readonly expired: number;
  readonly rejected: number;
  readonly unknown: number;
  readonly failed: number;
  readonly cancelled: number;
}

/** A bulk as REST shows it. */
export class BulkView {
  readonly id: string;
  readonly name: string;
  readonly status: ShownBulkStatus;
  /** Code of the error that keeps it from being started, or has ended it; null: none. */
  readonly reason: string | null;
  readonly dryRun: boolean;
  readonly route: string;
  readonly from: string | null;
  readonly priority: 'normal' | 'high';
  readonly sendAt: string | null;
  readonly validUntil: string | null;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  /** The last line of the file whose row is stored. */
  readonly line: number;
  /** Rows of the file: accepted and rejected. */
  readonly rows: number;
  /** Rows that are, or will be, messages. */
  readonly accepted: number;
  /** Rows that are not: see `/rejected`. */
  readonly rejected: number;
  readonly progress: BulkProgressView;
  readonly messages: BulkMessagesView;
  /** By country. */
  readonly cost: CountryCostView[];
  /** Null: a country has no price any more. */
  readonly total: MoneyJson | null;
}

/** A submission that a stretch of a bulk was moved in. */
export class BulkSubmissionView {
  /** Its messages: `GET /v1/messages?submissionId=`. */
  readonly id: string;
  readonly messages: number;
}

/** What a view is made of. */
export interface BulkFacts {
  readonly bulk: BulkRow;
  readonly route: string;
  readonly countries: readonly BulkCountryRow[];
  /** Price of a segment by country, where the bulk was not started; in 10^-8. */
  readonly prices: ReadonlyMap<number, bigint | undefined>;
  /** By code of the status, as last counted. */
  readonly counts: readonly number[];
  /** Business time, milliseconds. */
  readonly now: number;
}

/** A bulk as REST shows it. */
export function bulkView(facts: BulkFacts): BulkView {
  const { bulk, route, now } = facts;
  const iso = (time: Date | null): string | null => time?.toISOString() ?? null;
  return {
    id: bulk.id,
    name: bulk.name,
    status: shownBulkStatus(bulk.status, bulk.send_at !== null && bulk.send_at.getTime() > now),
    reason: bulk.reason,
    dryRun: bulk.dry_run,
    route,
    from: bulk.sender,
    priority: bulk.lane === LANE.high ? 'high' : 'normal',
    sendAt: iso(bulk.send_at),
    validUntil: iso(bulk.valid_until),
    createdAt: bulk.created_at.toISOString(),
    startedAt: iso(bulk.started_at),
    endedAt: iso(bulk.ended_at),
    line: bulk.loaded_line,
    rows: bulk.rows,
    accepted: bulk.accepted,
    rejected: bulk.rejected,
    progress: progressOf(bulk),
    messages: messagesOf(facts),
    ...costOf(facts),
  };
}

function progressOf({ accepted, handed_over: handedOver, rate }: BulkRow): BulkProgressView {
  const waiting = Math.max(0, accepted - handedOver);
  const moves = rate !== null && rate >= 0.1;
  return {
    handedOver,
    waiting,
    perSecond: rate === null ? null : Math.round(rate * 10) / 10,
    secondsLeft: waiting === 0 ? 0 : moves ? Math.ceil(waiting / rate) : null,
  };
}

/** By code of the stored status. */
const COUNTED: readonly (keyof BulkMessagesView)[] = [
  'queued',
  'inDoubt',
  'submitted',
  'delivered',
  'undelivered',
  'expired',
  'rejected',
  'unknown',
  'failed',
  'cancelled',
];

function messagesOf({ bulk, counts }: BulkFacts): BulkMessagesView {
  const counted = Object.fromEntries(COUNTED.map((name, code) => [name, counts[code] ?? 0])) as Record<
    keyof BulkMessagesView,
    number
  >;
  // What was not moved to the queue has no message yet; of a cancelled bulk it never gets one.
  const unmoved = bulk.started_at === null ? 0 : bulk.accepted - bulk.moved;
  if (bulk.status === BulkStatus.cancelled) counted.cancelled += unmoved;
  else counted.queued += unmoved;
  return counted;
}

function costOf({ bulk, countries, prices }: BulkFacts): Pick<BulkView, 'cost' | 'total'> {
  const currency = currencyOf(bulk);
  const lines = countries.flatMap((country) => {
    const perSegment =
      country.per_segment === null ? prices.get(country.country_code) : parseAmount(country.per_segment);
    if (perSegment === undefined) return [];
    const price = money(perSegment, currency);
    return [{ country, price, cost: multiply(price, country.segments) }];
  });
  const total =
    lines.length < countries.length
      ? null
      : toMoneyJson(
          sum(
            currency,
            lines.map(({ cost }) => cost),
          ),
        );
  return {
    cost: lines.map(({ country, price, cost }) => ({
      countryCode: country.country_code,
      messages: country.messages,
      segments: country.segments,
      price: toMoneyJson(price),
      cost: toMoneyJson(cost),
    })),
    total,
  };
}

function currencyOf({ currency }: BulkRow): Currency {
  if (isCurrency(currency)) return currency;
  throw new ApplicationError('internal', 'unknown_currency', `A bulk has the currency ${currency}.`);
}
