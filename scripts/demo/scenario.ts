import type { MessageStatus } from '../../src/messaging/domain/message-status.js';
import type { SendRequest } from '../sandbox/gateway-client.js';

/** One request of the demonstration, and what its numbers stand for. */
export interface Shipment {
  readonly name: string;
  readonly request: SendRequest;
  readonly expected: Expectation;
}

/** How every SMS of a shipment ends, whatever happens on the way. */
export interface Expectation {
  readonly status: MessageStatus;
  readonly reason?: string;
  /** A status that each must have gone through. */
  readonly through?: MessageStatus;
  /** How often its handset has received it. */
  readonly received: 0 | 1;
}

/** A country's share of the bulk: numbers from `first` on. */
interface Range {
  readonly countryCode: number;
  readonly first: number;
  readonly count: number;
}

/** National numbers whose last four digits (1000 to 1999) mean nothing to the simulated handsets: they are delivered. */
const BULK: readonly Range[] = [
  { countryCode: 852, first: 6710_1000, count: 400 },
  { countryCode: 65, first: 8123_1000, count: 200 },
  { countryCode: 1, first: 212_555_1000, count: 120 },
  { countryCode: 44, first: 7400_12_1000, count: 100 },
  { countryCode: 49, first: 1512_345_1000, count: 80 },
  { countryCode: 33, first: 6_1234_1000, count: 60 },
  { countryCode: 81, first: 90_1234_1000, count: 40 },
];

/** Names of the countries, as the tables show them. */
export const COUNTRY_NAMES: Readonly<Record<number, string>> = {
  1: 'United States, Canada',
  33: 'France',
  44: 'United Kingdom',
  49: 'Germany',
  65: 'Singapore',
  81: 'Japan',
  852: 'Hong Kong',
};

/** One number in each of three countries that ends in these four digits (sandbox.json says what they stand for). */
const ending = (digits: string): string[] => [`+8526710${digits}`, `+658123${digits}`, `+44740012${digits}`];

const NOTICE =
  '親愛的客戶：您的包裹已抵達香港轉運中心，預計於明日上午送達。如需更改送貨時間或地址，請於今晚八時前回覆本短訊，或致電我們的客戶服務熱線。' +
  'Your parcel has reached Hong Kong and arrives tomorrow morning. 📦 Thank you for your patience.';

/** All that the demonstration sends. */
export const SHIPMENTS: readonly Shipment[] = [
  {
    name: 'a single SMS',
    request: { to: ['+85267000011'], text: 'Your verification code is 482913' },
    expected: { status: 'delivered', received: 1 },
  },
  {
    name: `a bulk, ${BULK.length} countries`,
    request: {
      to: BULK.flatMap(({ countryCode, first, count }) =>
        Array.from({ length: count }, (_, index) => `+${countryCode}${first + index}`),
      ),
      text: 'Your parcel is on its way. Track it at https://example.com/p/7F3K9',
    },
    expected: { status: 'delivered', received: 1 },
  },
  {
    name: 'long, Unicode, signed',
    request: { to: ['+85267000012'], text: NOTICE, signature: { text: 'CloudSMS', type: 1 } },
    expected: { status: 'delivered', received: 1 },
  },
  {
    name: 'reported step by step',
    request: { to: ending('0091'), text: 'Your table is booked for 19:30' },
    expected: { status: 'delivered', through: 'submitted', received: 1 },
  },
  {
    name: 'expires',
    request: { to: ending('0003'), text: 'Your table is booked for 19:30' },
    expected: { status: 'expired', received: 0 },
  },
  {
    name: 'expires, then arrives',
    request: { to: ending('0032'), text: 'Your table is booked for 19:30' },
    expected: { status: 'delivered', through: 'expired', received: 1 },
  },
  {
    name: 'undeliverable',
    request: { to: ending('0005'), text: 'Your table is booked for 19:30' },
    expected: { status: 'undelivered', received: 0 },
  },
  {
    name: 'rejected by the operator',
    request: { to: ending('0008'), text: 'Your table is booked for 19:30' },
    expected: { status: 'rejected', received: 0 },
  },
  {
    name: 'rejected by the platform',
    request: { to: ['+6561231000'], text: 'Your table is booked for 19:30' },
    expected: { status: 'rejected', received: 0 },
  },
  {
    name: 'refused in the answer',
    request: { to: ending('7014'), text: 'Your table is booked for 19:30' },
    expected: { status: 'failed', reason: 'Send_failed', received: 0 },
  },
  {
    name: 'the answer is lost',
    request: { to: ending('7001'), text: 'Your table is booked for 19:30' },
    expected: { status: 'delivered', through: 'in_doubt', received: 1 },
  },
  {
    name: 'never reported',
    request: { to: ending('0000'), text: 'Your table is booked for 19:30' },
    expected: { status: 'submitted', received: 1 },
  },
];
