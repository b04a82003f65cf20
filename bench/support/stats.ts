/** The middle of some figures, and between what they lie. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** NaN all over for no figures. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((one, other) => one - other);
  return { median: quantile(sorted, 0.5), low: sorted[0] ?? Number.NaN, high: sorted.at(-1) ?? Number.NaN };
}

/** A quantile of figures in ascending order, between neighbours in proportion. */
export function quantile(sorted: readonly number[], share: number): number {
  if (sorted.length === 0) return Number.NaN;
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)];
  return below + (sorted[Math.ceil(place)] - below) * (place - Math.floor(place));
}

/** How long single requests took, in milliseconds. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
}

/** @param milliseconds one a request, in any order */
export function latencyOf(milliseconds: readonly number[]): Latency {
  const sorted = milliseconds.toSorted((one, other) => one - other);
  return { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) };
}
