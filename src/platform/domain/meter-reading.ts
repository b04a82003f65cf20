import type { Meter } from './admission.js';

/** What of an account's meter was read at a moment. */
export interface MeterReading extends Pick<Meter, 'tokens' | 'burst' | 'waiting'> {
  /** Before it was read: ms of a clock that only goes forward. */
  readonly at: number;
}

/** What a packet asks of the meter, the balance apart. */
export interface MeterDemand {
  /** SMS that count for the rate. */
  readonly sms: number;
  /** SMS that would wait for the carrier. */
  readonly waiting: number;
}

/** For how long a reading says anything, in ms. */
const BUSY_TIME = 1000;
/** The queue gets shorter at any moment, and nobody here would know. */
const QUEUE_FULL_TIME = 100;

/**
 * What a packet is refused for without looking at the meter again; undefined: it has to be looked at.
 *
 * `busy` is certain: since the reading the bucket can have been filled by its rate and by nothing else. `queue_full` was so a
 * moment ago.
 *
 * @param limits the account's present ones; a reading under another rate says nothing
 */
export function refusedBy(
  reading: MeterReading,
  now: number,
  { sms, waiting }: MeterDemand,
  limits: { readonly ratePerSecond: number; readonly queueLimit: number },
): 'busy' | 'queue_full' | undefined {
  const age = now - reading.at;
  if (age > BUSY_TIME || reading.burst !== limits.ratePerSecond) return undefined;
  const tokensAtMost = Math.min(reading.burst, reading.tokens + (reading.burst * age) / 1000);
  if (tokensAtMost < Math.min(sms, reading.burst)) return 'busy';
  return age <= QUEUE_FULL_TIME && reading.waiting + waiting > limits.queueLimit ? 'queue_full' : undefined;
}
