/**
 * Times to delivery, as a histogram of fixed bins: bin 0 ends at a tenth of a second, each further one is 5 % wider than the
 * one before. So a message moves between bins by adding and taking back, and histograms add up over any period. The function
 * `delivery_bin` of the database sorts times into bins.
 */

/** What `message.delivery_ms` holds: 24 days. */
const LONGEST = 0x7fff_ffff;

/**
 * The time to delivery when a report says delivered: the least of all reports, so that their order and repetition do not matter.
 * REPORT_TIME has a resolution of a second, so it may lie before the send.
 *
 * @param known by the reports before, in milliseconds; null: none
 * @returns milliseconds
 */
export function earlier(known: number | null, dueAt: number, at: number): number {
  const taken = Math.min(Math.max(0, Math.round(at - dueAt)), LONGEST);
  return known === null ? taken : Math.min(known, taken);
}

/** Stands for "not delivered, or nobody knows when". */
export const NO_BIN = -1;

const FIRST_END = 0.1;
const GROWTH = 1.05;

/** The time that stands for a bin, in seconds: at most 2.5 % from each in it, but for the first. */
export function binTime(bin: number): number {
  return bin === 0 ? FIRST_END / 2 : FIRST_END * GROWTH ** (bin - 0.5);
}

/** Percentiles of a histogram, in seconds rounded to milliseconds. */
export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/**
 * Percentiles by nearest rank.
 *
 * @param histogram messages by bin; bins in any order, none twice
 * @returns null for an empty one
 */
export function percentilesOf(histogram: ReadonlyMap<number, number>): Percentiles | null {
  const bins = [...histogram].filter(([bin]) => bin !== NO_BIN).toSorted(([one], [other]) => one - other);
  const total = bins.reduce((sum, [, count]) => sum + count, 0);
  if (total <= 0) return null;
  const at = (share: number): number => {
    let rank = Math.ceil(total * share);
    for (const [bin, count] of bins) {
      rank -= count;
      if (rank <= 0) return Math.round(binTime(bin) * 1000) / 1000;
    }
    return 0;
  };
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}
