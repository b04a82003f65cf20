import type { Currency } from '../../billing/domain/currency.js';
import { compare, type Money, multiply, toMoneyJson } from '../../billing/domain/money.js';
import { itemsOf, type Price, type Quote, quote } from '../../billing/domain/quote.js';
import { ApplicationError, type FieldFault } from '../../errors.js';
import { isStorableText } from './encoding.js';
import { isNumberFault, parsePhoneNumber, type PhoneNumber } from './phone-number.js';
import { isSenderId, SENDER_RULE } from './sender.js';
import { formatText, type SignatureType } from './signature.js';
import { MAX_SEGMENTS, type SlicedText, slice } from './slicing.js';

/** Faults that an answer names at the most; ten thousand would help nobody. */
const MAX_FAULTS = 20;
const MAX_METADATA_BYTES = 4096;
const MAX_AHEAD_DAYS = 90;
const DAY = 86_400_000;

/** A text that is ready to be cut: signature in place, within the limit. */
export interface ComposedText extends SlicedText {
  /** As it arrives: signature included. */
  readonly formatted: string;
}

/** When a submission leaves and until when it is worth sending; business time, milliseconds. */
export interface Schedule {
  readonly dueAt: number;
  readonly validUntil: number;
}

/**
 * Reads the recipients of a submission, in their order; the same number twice is two SMS.
 * @throws ApplicationError `malformed_number` (400) or `impossible_number` (422), naming up to 20 of the faulty members
 */
export function readRecipients(to: readonly unknown[]): PhoneNumber[] {
  const numbers: PhoneNumber[] = [];
  const malformed: FieldFault[] = [];
  const impossible: FieldFault[] = [];
  for (let index = 0; index < to.length; index += 1) {
    const number = parsePhoneNumber(to[index]);
    if (!isNumberFault(number)) numbers.push(number);
    else (number.kind === 'malformed' ? malformed : impossible).push({ field: `to[${index}]`, rule: number.rule });
  }
  refuse('malformed', 'malformed_number', malformed);
  refuse('rule', 'impossible_number', impossible);
  return numbers;
}

function refuse(kind: 'malformed' | 'rule', code: string, faults: readonly FieldFault[]): void {
  if (faults.length === 0) return;
  const first = faults[0];
  const others = faults.length > 1 ? ` So are ${faults.length - 1} more.` : '';
  throw new ApplicationError(kind, code, `${first.field} ${first.rule}.${others}`, {
    faults: faults.slice(0, MAX_FAULTS),
  });
}

/**
 * Puts the signature in place and cuts the text (protocol.md 5 and 6).
 * @throws ApplicationError `unstorable_text` for NUL or half a surrogate pair, `content_too_long` over 10 segments
 */
export function composeText(text: string, signature?: { text: string; type?: number }): ComposedText {
  const formatted = formatText(text, signature?.text, signature?.type as SignatureType | undefined);
  if (!isStorableText(formatted)) {
    throw ruleBroken('unstorable_text', 'text', 'must not contain NUL or half of a surrogate pair');
  }
  const sliced = slice(formatted);
  if (sliced.tooLong) {
    throw ruleBroken(
      'content_too_long',
      'text',
      `must fit ${MAX_SEGMENTS} segments with its signature; in ${sliced.encoding} it takes ${sliced.segments}`,
    );
  }
  return { ...sliced, formatted };
}

/**
 * Quotes a submission and holds it against the caller's limit.
 * @param maxPrice most that one message may cost
 * @throws ApplicationError `unpriced_area`, `price_above_maximum`, `wrong_currency` (all 422)
 */
export function quoteSubmission(
  segments: number,
  countryCodes: Iterable<number>,
  currency: Currency,
  priceOf: (countryCode: number) => Price<number> | undefined,
  maxPrice?: Money,
): Quote<number> {
  const quoted = quote(itemsOf(segments, countryCodes), currency, priceOf);
  if (maxPrice === undefined) return quoted;
  if (maxPrice.currency !== currency) {
    throw ruleBroken('wrong_currency', 'maxPrice.currency', `must be ${currency}, the currency of the route`);
  }
  const dear = quoted.lines.filter(({ perSegment }) => compare(multiply(perSegment, segments), maxPrice) > 0);
  if (dear.length > 0) {
    const costs = dear.map(
      ({ countryCode, perSegment }) => `+${countryCode} (${shown(multiply(perSegment, segments))})`,
    );
    throw ruleBroken('price_above_maximum', 'maxPrice', `is below the cost of a message to ${costs.join(', ')}`);
  }
  return quoted;
}

/**
 * When to send, from what the caller asked for.
 * @param now business time, milliseconds
 * @param validity milliseconds that a message stays worth sending when the caller does not say
 * @throws ApplicationError `invalid_schedule` (422)
 */
export function scheduleOf(asked: { sendAt?: string; validUntil?: string }, now: number, validity: number): Schedule {
  const dueAt = asked.sendAt === undefined ? now : Math.max(now, Date.parse(asked.sendAt));
  if (dueAt > now + MAX_AHEAD_DAYS * DAY) {
    throw ruleBroken('invalid_schedule', 'sendAt', `must be within ${MAX_AHEAD_DAYS} days from now`);
  }
  const validUntil = asked.validUntil === undefined ? dueAt + validity : Date.parse(asked.validUntil);
  if (validUntil <= dueAt) {
    throw ruleBroken('invalid_schedule', 'validUntil', 'must be later than now and than sendAt');
  }
  return { dueAt, validUntil: Math.min(validUntil, dueAt + MAX_AHEAD_DAYS * DAY) };
}

/** @throws ApplicationError `invalid_sender` (422) unless it is 1 to 32 printable ASCII characters */
export function checkSender(from: string | undefined): void {
  if (from !== undefined && !isSenderId(from)) throw ruleBroken('invalid_sender', 'from', SENDER_RULE);
}

/**
 * Metadata as it is stored: JSON text.
 * @throws ApplicationError `metadata_too_large` (422) over 4 KiB
 */
export function metadataText(metadata: Record<string, unknown> | undefined): string | null {
  if (metadata === undefined) return null;
  const text = JSON.stringify(metadata);
  if (Buffer.byteLength(text) > MAX_METADATA_BYTES) {
    throw ruleBroken('metadata_too_large', 'metadata', `must be at most ${MAX_METADATA_BYTES} bytes of JSON`);
  }
  if (text.includes('\\u0000') || /\\ud[89a-f]/i.test(text)) {
    throw ruleBroken('unstorable_text', 'metadata', 'must not contain NUL or half of a surrogate pair');
  }
  return text;
}

function shown(value: Money): string {
  const { amount, currency } = toMoneyJson(value);
  return `${amount} ${currency}`;
}

function ruleBroken(code: string, field: string, rule: string): ApplicationError {
  return new ApplicationError('rule', code, `${field} ${rule}.`, { faults: [{ field, rule }] });
}
