/** A number as it stands in MULTI_MSISDN_LIST and comes back in DETAIL_LIST. */
export interface RequestedNumber {
  readonly countryCode: number;
  readonly msisdn: string;
}

/** What an ANSWER says about one requested number. Only `entry` is an outcome; the other two leave the number in doubt. */
export type NumberOutcome<Entry> =
  { readonly kind: 'entry'; readonly entry: Entry } | { readonly kind: 'missing' } | { readonly kind: 'doubled' };

/** DETAIL_LIST, matched. */
export interface Correlated<Entry> {
  /** One per requested number, in the order of the request. */
  readonly outcomes: readonly NumberOutcome<Entry>[];
  /** Entries for numbers that were not requested: to be logged, good for nothing else. */
  readonly foreign: readonly Entry[];
}

const MISSING = { kind: 'missing' } as const;
const DOUBLED = { kind: 'doubled' } as const;

/**
 * Matches the entries of a DETAIL_LIST to the numbers of the request by (COUNTRY_CODE, DEST_MSISDN), never by position
 * (protocol.md 3). A number with two entries is in doubt whatever they say. The gateway never puts a number twice into a
 * packet; should one stand there twice after all, its entries can't be told apart, and both are in doubt.
 */
export function correlate<Entry extends RequestedNumber>(
  requested: readonly RequestedNumber[],
  entries: readonly Entry[],
): Correlated<Entry> {
  const slots = new Map<string, NumberOutcome<Entry>>();
  for (const number of requested) {
    const key = keyOf(number);
    slots.set(key, slots.has(key) ? DOUBLED : MISSING);
  }
  const foreign: Entry[] = [];
  for (const entry of entries) {
    const key = keyOf(entry);
    const slot = slots.get(key);
    if (slot === undefined) foreign.push(entry);
    else slots.set(key, slot.kind === 'missing' ? { kind: 'entry', entry } : DOUBLED);
  }
  return { outcomes: requested.map((number) => slots.get(keyOf(number)) ?? MISSING), foreign };
}

function keyOf(number: RequestedNumber): string {
  return `${number.countryCode} ${number.msisdn}`;
}
