import type { Money } from '../../billing/domain/money.js';
import { ApplicationError } from '../../errors.js';
import { checkSender, composeText, metadataText, quoteSubmission, readRecipients, scheduleOf } from './compose.js';

const NOW = Date.UTC(2026, 10, 22);
const DAY = 86_400_000;

function faultOf(work: () => unknown): ApplicationError {
  try {
    work();
  } catch (error) {
    if (error instanceof ApplicationError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('readRecipients', () => {
  it('keeps the order and reads both forms', () => {
    const numbers = readRecipients(['+852 6700 0011', { countryCode: 65, msisdn: '81230001' }, '+85267000011']);
    expect(numbers.map(({ e164 }) => e164)).toEqual(['+85267000011', '+6581230001', '+85267000011']);
  });

  it('tells what is malformed from what is impossible, naming the members but never the numbers', () => {
    const malformed = faultOf(() => readRecipients(['+85267000011', 'hello', 7]));
    expect(malformed).toMatchObject({ kind: 'malformed', code: 'malformed_number' });
    expect(malformed.faults.map(({ field }) => field)).toEqual(['to[1]', 'to[2]']);
    const impossible = faultOf(() => readRecipients(['+85267000011', '+861380']));
    expect(impossible).toMatchObject({ kind: 'rule', code: 'impossible_number' });
    expect(impossible.message).not.toContain('1380');
  });

  it('names twenty faults at the most', () => {
    expect(faultOf(() => readRecipients(Array.from({ length: 500 }, () => 'x'))).faults).toHaveLength(20);
  });
});

describe('composeText', () => {
  it('puts the signature in place before it counts', () => {
    expect(composeText('hi', { text: 'Shop' })).toMatchObject({
      formatted: '【Shop】hi',
      encoding: 'ucs2',
      segments: 1,
    });
    expect(composeText('hi', { text: 'Shop', type: 4 })).toMatchObject({ formatted: 'hi[Shop]', encoding: 'gsm7' });
  });

  it.each([
    ['x'.repeat(1531), 'content_too_long'],
    ['\u0000', 'unstorable_text'],
    ['\ud800', 'unstorable_text'],
  ])('refuses what can not be sent or kept', (text, code) => {
    expect(faultOf(() => composeText(text))).toMatchObject({ kind: 'rule', code });
  });
});

describe('quoteSubmission', () => {
  const price = { priceId: 7, perSegment: { amount: 35_000_000n, currency: 'HKD' } satisfies Money };
  const quoted = (maxPrice?: Money) =>
    quoteSubmission(2, [852, 852], 'HKD', (code) => (code === 852 ? price : undefined), maxPrice);

  it('multiplies price, segments and recipients, exactly', () => {
    expect(quoted().total).toEqual({ amount: 140_000_000n, currency: 'HKD' });
  });

  it('holds each message against the limit', () => {
    expect(quoted({ amount: 70_000_000n, currency: 'HKD' }).lines).toHaveLength(1);
    const dear = faultOf(() => quoted({ amount: 69_999_999n, currency: 'HKD' }));
    expect([dear.code, dear.message]).toEqual([
      'price_above_maximum',
      'maxPrice is below the cost of a message to +852 (0.70 HKD).',
    ]);
    expect(faultOf(() => quoted({ amount: 70_000_000n, currency: 'USD' })).code).toBe('wrong_currency');
  });

  it('refuses countries without a price', () => {
    expect(faultOf(() => quoteSubmission(1, [81], 'HKD', () => undefined)).code).toBe('unpriced_area');
  });
});

describe('scheduleOf', () => {
  const iso = (time: number) => new Date(time).toISOString();

  it.each([
    ['at once, valid for the default', {}, [NOW, NOW + DAY]],
    ['later', { sendAt: iso(NOW + 1000) }, [NOW + 1000, NOW + 1000 + DAY]],
    ['in the past is now', { sendAt: iso(NOW - 1000) }, [NOW, NOW + DAY]],
    ['valid as long as asked', { validUntil: iso(NOW + 5000) }, [NOW, NOW + 5000]],
  ])('%s', (_, asked, [dueAt, validUntil]) => {
    expect(scheduleOf(asked, NOW, DAY)).toEqual({ dueAt, validUntil });
  });

  it.each([
    [{ validUntil: iso(NOW) }],
    [{ sendAt: iso(NOW + 2000), validUntil: iso(NOW + 1000) }],
    [{ sendAt: iso(NOW + 91 * DAY) }],
  ])('refuses %j', (asked) => {
    expect(faultOf(() => scheduleOf(asked, NOW, DAY)).code).toBe('invalid_schedule');
  });
});

it('refuses senders and metadata that can not be kept', () => {
  expect(faultOf(() => checkSender('Ünicode')).code).toBe('invalid_sender');
  expect(faultOf(() => metadataText({ a: 'x'.repeat(5000) })).code).toBe('metadata_too_large');
  expect(faultOf(() => metadataText({ a: '\u0000' })).code).toBe('unstorable_text');
  expect(metadataText({ order: 7 })).toBe('{"order":7}');
  expect(metadataText(undefined)).toBeNull();
});
