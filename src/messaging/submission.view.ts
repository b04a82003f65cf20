import type { Currency } from '../billing/domain/currency.js';
import { type Money, multiply, sum, toMoneyJson } from '../billing/domain/money.js';
import type { Encoding } from './domain/encoding.js';
import { messageIds } from './domain/message-id.js';

/** What the answer to `POST /v1/messages` is made of: nothing but what is stored, so that it can be made again. */
export interface AcceptedSubmission {
  readonly id: string;
  readonly encoding: Encoding;
  /** Per SMS. */
  readonly segments: number;
  /** Due later than created. */
  readonly scheduled: boolean;
  readonly currency: Currency;
  /** JSON text of the list; null: none. */
  readonly warnings: string | null;
  /** Parallel arrays, in the order of `to`. */
  readonly countryCodes: readonly number[];
  readonly msisdns: readonly string[];
  /** Price per segment of each country. */
  readonly prices: ReadonlyMap<number, Money>;
}

/**
 * The JSON text of the answer (contract.md 4). The same submission gives the same bytes, whenever it is asked: that is
 * what an idempotent repetition gets. Ten thousand messages are put together as text, since that costs a tenth of
 * stringifying them; nothing in them needs escaping.
 */
export function submissionJson(submission: AcceptedSubmission): string {
  const { id, segments, countryCodes, msisdns, currency } = submission;
  const status = submission.scheduled ? 'scheduled' : 'queued';
  const tails = new Map<number, string>();
  const costs = new Map<number, Money>();
  for (const [countryCode, price] of submission.prices) {
    const cost = multiply(price, segments);
    costs.set(countryCode, cost);
    const priceJson = JSON.stringify(toMoneyJson(price));
    const costJson = JSON.stringify(toMoneyJson(cost));
    tails.set(countryCode, `","status":"${status}","segments":${segments},"price":${priceJson},"cost":${costJson}}`);
  }
  const warnings = submission.warnings === null ? '' : `"warnings":${submission.warnings},`;
  const ids = messageIds(id, msisdns.length);
  let messages = '';
  for (let index = 0; index < ids.length; index += 1) {
    const countryCode = countryCodes[index];
    const comma = index === 0 ? '' : ',';
    messages += `${comma}{"id":"${ids[index]}","to":"+${countryCode}${msisdns[index]}${tails.get(countryCode)}`;
  }
  return (
    `{"id":"${id}","encoding":"${submission.encoding}","segments":${segments},` +
    `"cost":${JSON.stringify(toMoneyJson(totalOf(countryCodes, costs, currency)))},${warnings}"messages":[${messages}]}`
  );
}

function totalOf(countryCodes: readonly number[], costs: ReadonlyMap<number, Money>, currency: Currency): Money {
  const counts = new Map<number, number>();
  for (const countryCode of countryCodes) counts.set(countryCode, (counts.get(countryCode) ?? 0) + 1);
  return sum(
    currency,
    [...counts].flatMap(([countryCode, count]) => {
      const cost = costs.get(countryCode);
      return cost === undefined ? [] : [multiply(cost, count)];
    }),
  );
}
