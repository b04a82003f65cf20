import { formatUipTime } from '../../src/uip/domain/uip-time.js';
import type { SeededRandom } from './seeded-random.js';

/** What the platform does to a packet. */
export type Mood =
  | 'fair'
  | 'cut_unread' // the connection ends, nothing was taken
  | 'cut_taken' // all was taken, the connection ends without an ANSWER
  | 'late' // all was taken, the ANSWER comes after the client's patience
  | 'garbled' // all was taken, the ANSWER is none
  | 'other_serial' // all was taken, the ANSWER is another packet's
  | 'partial' // all was taken, DETAIL_LIST lacks some entries and has others twice
  | 'busy' // nothing was taken, try again later
  | 'some_busy' // some were taken, the others are to be tried later
  | 'unavailable' // HTTP 503, nothing was taken
  | 'refused'; // the first number is refused for good

const WEIGHTS: Readonly<Record<Mood, number>> = {
  fair: 66,
  cut_unread: 4,
  cut_taken: 5,
  late: 3,
  garbled: 3,
  other_serial: 3,
  partial: 4,
  busy: 4,
  some_busy: 4,
  unavailable: 2,
  refused: 2,
};

/** Moods after which a client can't know what became of some of the numbers. */
const CUTS: ReadonlySet<Mood> = new Set([
  'cut_unread',
  'cut_taken',
  'late',
  'garbled',
  'other_serial',
  'partial',
  'unavailable',
]);

/** Whether a client can't know what became of some of the numbers. */
export const isCut = (mood: Mood): boolean => CUTS.has(mood);

/**
 * Numbers for which nothing is left to chance. A packet that starts with one is taken, whatever its seed:
 * `cut` is taken and cut off the first time; `early` is reported, without CUSTOMER_BODY, before it is answered;
 * `bait` is taken and held without an ANSWER, where somebody has asked for that.
 */
export const PLANNED = { cut: '+85291', early: '+85292', bait: '+85293' } as const;
export type Plan = keyof typeof PLANNED;

const PLANS = Object.keys(PLANNED) as Plan[];

/** What is planned for a number, if anything is. */
export function planOf(number: string | undefined): Plan | undefined {
  return PLANS.find((plan) => number?.startsWith(PLANNED[plan]));
}

/**
 * How the platform takes a packet.
 * @param times how often a packet that starts with this number has come before
 */
export function moodOf(plan: Plan | undefined, times: number, random: SeededRandom): Mood {
  if (plan === undefined) return random.pick(WEIGHTS);
  return plan === 'cut' && times === 0 ? 'cut_taken' : 'fair';
}

export interface Recipient {
  readonly COUNTRY_CODE: number;
  readonly DEST_MSISDN: string;
}

export interface SendRequest {
  readonly SERIAL: number;
  readonly AUTH_KEY: string;
  readonly MULTI_MSISDN_LIST: readonly Recipient[];
  readonly CUSTOMER_BODY: unknown;
}

/** What the platform says of one number. */
export interface Entry {
  readonly recipient: Recipient;
  readonly uid: string;
  readonly code: number;
}

export const OK = 1;
export const BUSY = 3;
export const UNPRICED = 0x1000000f;

export const numberOf = ({ COUNTRY_CODE, DEST_MSISDN }: Recipient): string => `+${COUNTRY_CODE}${DEST_MSISDN}`;
export const recipientOf = (number: string): Recipient => ({ COUNTRY_CODE: 852, DEST_MSISDN: number.slice(4) });

/** Without some entries, and with others twice. */
export function partly(entries: readonly Entry[], random: SeededRandom): Entry[] {
  return entries.flatMap((entry) => {
    const dice = random.next();
    return dice < 0.3 ? [] : dice < 0.5 ? [entry, { ...entry, code: BUSY }] : [entry];
  });
}

/** The text of an ANSWER. */
export function answer(packet: SendRequest, code: number, entries: readonly Entry[]): string {
  return JSON.stringify({
    METHOD: 'SMS_SEND_REQUEST',
    TYPE: 'ANSWER',
    SERIAL: packet.SERIAL,
    TIME: formatUipTime(Date.now()),
    RESULT_CODE: code,
    RESULT_DESC: 'x',
    DETAIL_LIST: entries.map(({ recipient, uid, code }) => ({
      ...recipient,
      SMS_UID: uid,
      RESULT_CODE: code,
      RESULT_DESC: 'x',
    })),
  });
}

/** The same number for the same text. */
export function hash(text: string): number {
  let value = 0;
  for (let index = 0; index < text.length; index += 1) value = (Math.imul(value, 31) + text.charCodeAt(index)) | 0;
  return value;
}
