import { type Currency, isCurrency } from '../../billing/domain/currency.js';
import { type MoneyJson, parseAmount, toMoneyJson } from '../../billing/domain/money.js';
import type { DifferenceRow, RunRow, RunTotalRow } from '../../database/statements/reconcile-query.js';
import { ApplicationError } from '../../errors.js';
import { messageId } from '../../messaging/domain/message-id.js';
import { csvLine } from '../../rest/csv.js';
import { uuidTime } from '../../uuid.js';
import { DIFFERENCE_CAUSES, type DifferenceCause, isDifferenceCause } from '../domain/difference-cause.js';
import { PHASE_CODE, progressOf, RUN_PHASES } from '../domain/run-phase.js';
import type { BilledSideView, DifferenceView, OurSideView, RunTotalView, RunView } from './run.dto.js';

/** @param totals of this run */
export function runView(row: RunRow, totals: readonly RunTotalRow[]): RunView {
  return {
    id: row.id,
    statementId: row.statement_id,
    period: row.period,
    from: row.period_from.toISOString(),
    to: row.period_to.toISOString(),
    route: row.route,
    state: row.state,
    phase: RUN_PHASES[row.phase] ?? 'finish',
    progress: row.state === 'done' ? 1 : progressOf(progressFacts(row)),
    createdAt: row.created_at.toISOString(),
    startedAt: row.started_at?.toISOString() ?? null,
    finishedAt: row.finished_at?.toISOString() ?? null,
    failure: row.failure,
    balanced: row.balanced,
    totals: row.state === 'done' ? totalViews(totals) : [],
  };
}

function progressFacts(row: RunRow) {
  const [from, to] = [row.period_from.getTime(), row.period_to.getTime()];
  const collected =
    row.phase === PHASE_CODE.collect && row.after_id !== null ? (uuidTime(row.after_id) - from) / (to - from) : 0;
  return {
    phase: row.phase,
    collected,
    lines: row.lines,
    linesMatched: row.lines_matched,
    linesJudged: row.lines_judged,
    items: row.items,
    itemsJudged: row.items_judged,
  };
}

function totalViews(rows: readonly RunTotalRow[]): RunTotalView[] {
  const currencies = [...new Set(rows.map(({ currency }) => currency))];
  return currencies.map((currency) => {
    const own = rows.filter((row) => row.currency === currency);
    const sumOf = (items: readonly string[]): bigint =>
      own.reduce((sum, { item, amount }) => (items.includes(item) ? sum + parseAmount(amount) : sum), 0n);
    const [billed, ours, explained] = [sumOf(['billed']), sumOf(['ours', 'drift']), sumOf(DIFFERENCE_CAUSES)];
    return {
      billed: moneyOf(billed, currency),
      ours: moneyOf(ours, currency),
      explained: moneyOf(explained, currency),
      unexplained: moneyOf(billed - ours - explained, currency),
      causes: own.flatMap(({ item, quantity, amount }) =>
        isDifferenceCause(item)
          ? [{ cause: item, count: quantity, amount: moneyOf(parseAmount(amount), currency) }]
          : [],
      ),
    };
  });
}

function currencyOf(text: string): Currency {
  if (!isCurrency(text)) throw new ApplicationError('internal', 'bad_argument', 'A stored currency is none.');
  return text;
}

function moneyOf(amount: bigint, currency: string): MoneyJson {
  return toMoneyJson({ amount, currency: currencyOf(currency) });
}

function moneyOrNull(amount: string | null, currency: string | null): MoneyJson | null {
  return amount === null || currency === null ? null : moneyOf(parseAmount(amount), currency);
}

/** A difference as the API shows it. */
export function differenceView(row: DifferenceRow): DifferenceView {
  return {
    id: row.id,
    cause: row.cause as DifferenceCause,
    amount: moneyOf(parseAmount(row.amount), row.currency),
    counterAmount: moneyOrNull(row.counter_amount, row.counter_currency),
    billed: billedSide(row),
    ours: ourSide(row),
    reportedStates: row.reported ?? [],
    proposal: row.proposal,
    decision: row.decision,
    decidedAt: row.decided_at?.toISOString() ?? null,
    effective: row.effective,
  };
}

function billedSide(row: DifferenceRow): BilledSideView | null {
  const { line, sms_uid: smsUid, accepted_at: acceptedAt, billed, billed_currency: currency } = row;
  if (line === null || smsUid === null || acceptedAt === null || billed === null || currency === null) return null;
  return {
    line,
    smsUid,
    acceptedAt: acceptedAt.toISOString(),
    countryCode: row.country_code,
    number: row.number,
    segments: row.segments,
    unitPrice: moneyOrNull(row.unit_price, currency),
    amount: moneyOf(parseAmount(billed), currency),
    state: row.state,
  };
}

function ourSide(row: DifferenceRow): OurSideView | null {
  if (row.submission_id === null || row.ordinal === null) return null;
  return {
    messageId: messageId(row.submission_id, row.ordinal),
    sentAt: row.our_at?.toISOString() ?? null,
    countryCode: row.our_country,
    segments: row.our_segments,
    unitPrice: moneyOrNull(row.our_price, row.our_currency),
    state: row.our_state,
  };
}

/** The first line of a dispute pack. */
export const DISPUTE_HEADER = csvLine([
  'id',
  'cause',
  'amount',
  'currency',
  'counter_amount',
  'counter_currency',
  'line',
  'sms_uid',
  'billed_at',
  'billed_country_code',
  'number',
  'billed_segments',
  'billed_unit_price',
  'billed_amount',
  'billed_currency',
  'billed_state',
  'message_id',
  'sent_at',
  'our_country_code',
  'our_segments',
  'our_unit_price',
  'our_currency',
  'our_state',
  'reported_states',
  'proposal',
  'decision',
]);

/** A line of a dispute pack: amounts exact, times UTC. */
export function disputeLine(row: DifferenceRow): string {
  const view = differenceView(row);
  const { billed, ours } = view;
  return csvLine([
    view.id,
    view.cause,
    ...moneyFields(view.amount),
    ...moneyFields(view.counterAmount),
    billed?.line,
    billed?.smsUid,
    billed?.acceptedAt,
    billed?.countryCode,
    billed?.number?.replace('+', ''),
    billed?.segments,
    billed?.unitPrice?.amount,
    ...moneyFields(billed?.amount),
    billed?.state,
    ours?.messageId,
    ours?.sentAt,
    ours?.countryCode,
    ours?.segments,
    ours?.unitPrice?.amount,
    ours?.unitPrice?.currency,
    ours?.state,
    view.reportedStates.join(' '),
    view.proposal,
    view.decision,
  ]);
}

function moneyFields(value: MoneyJson | null | undefined): [string | undefined, string | undefined] {
  return [value?.amount, value?.currency];
}
