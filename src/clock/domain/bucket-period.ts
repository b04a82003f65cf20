/** How finely aggregates are kept, by the codes of their tiers: never renumber. */
export const TIER = { quarter: 0, hour: 1, day: 2 } as const;
export type Tier = (typeof TIER)[keyof typeof TIER];

const QUARTER = 900_000;
const HOUR = 4 * QUARTER;
const DAY = 24 * HOUR;

/** The length of a tier's buckets, in milliseconds. */
export const TIER_SPAN: Readonly<Record<Tier, number>> = { 0: QUARTER, 1: HOUR, 2: DAY };

/** A part of a period that is read from one tier: from included, to not; milliseconds. */
export interface Piece {
  readonly tier: Tier;
  readonly from: number;
  readonly to: number;
}

/**
 * The least period of whole quarters of an hour that contains another: what aggregates can answer exactly.
 * Every zone in use has its hours and days begin at such a quarter, in UTC.
 */
export function wholeQuarters(period: { readonly from: number; readonly to: number }): { from: number; to: number } {
  return { from: Math.floor(period.from / QUARTER) * QUARTER, to: Math.ceil(period.to / QUARTER) * QUARTER };
}

/**
 * Cuts a period of whole quarters into pieces, each of the widest buckets that fit and are no wider than `widest`.
 *
 * @param widest as `widestTier` gives it
 */
export function piecesOf(period: { readonly from: number; readonly to: number }, widest: Tier): Piece[] {
  const { from, to } = period;
  if (from >= to) return [];
  if (widest === TIER.quarter) return [{ tier: widest, from, to }];
  const narrower = widest === TIER.day ? TIER.hour : TIER.quarter;
  const span = TIER_SPAN[widest];
  const [first, last] = [Math.ceil(from / span) * span, Math.floor(to / span) * span];
  if (first >= last) return piecesOf(period, narrower);
  return [
    ...piecesOf({ from, to: first }, narrower),
    { tier: widest, from: first, to: last },
    ...piecesOf({ from: last, to }, narrower),
  ];
}

/**
 * The widest buckets of which none straddles a boundary of the unit in the zone, anywhere in the period.
 *
 * @param unit what the answer is cut by; undefined: by no time at all
 */
export function widestTier(
  period: { readonly from: number; readonly to: number },
  unit: 'hour' | 'day' | undefined,
  timeZone: string,
): Tier {
  if (unit === undefined) return TIER.day;
  const offsets = offsetsIn(period, timeZone);
  if (offsets.some((offset) => offset % HOUR !== 0)) return TIER.quarter;
  if (unit === 'day' && offsets.every((offset) => offset === 0)) return TIER.day;
  return TIER.hour;
}

/** The offsets from UTC that a zone has in a period, in milliseconds; looked at daily, since none lasts less. */
function offsetsIn({ from, to }: { readonly from: number; readonly to: number }, timeZone: string): number[] {
  const format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' });
  const offsets = new Set<number>();
  for (let at = from; at < to + DAY; at += DAY) offsets.add(offsetAt(format, Math.min(at, to)));
  return [...offsets];
}

function offsetAt(format: Intl.DateTimeFormat, at: number): number {
  const name = format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const [, sign, hours, minutes = '0', seconds = '0'] = /GMT([+-])(\d\d):?(\d\d)?:?(\d\d)?/.exec(name) ?? [];
  if (sign === undefined) return 0;
  const size = Number(hours) * HOUR + Number(minutes) * 60_000 + Number(seconds) * 1000;
  return sign === '-' ? -size : size;
}

/** Whether a text is the name of a time zone (IANA), as both this program and PostgreSQL know it. */
export function isTimeZone(name: string): boolean {
  // Offsets such as +08:00 mean the opposite to PostgreSQL, which reads them as POSIX does.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    return Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
