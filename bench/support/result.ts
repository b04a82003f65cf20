import type { Goal, RowResult } from './row.js';

/** The result as `--json` writes it. */
export interface BenchResult {
  readonly at: string;
  readonly machine: { readonly cores: number; readonly model: string; readonly node: string };
  readonly postgres: Readonly<Record<string, string>>;
  /** Milliseconds. */
  readonly fdatasync: { readonly p50: number; readonly p99: number };
  /** CPU that went to programs that are not of the bench while it measured, 0 to 1 of the machine. */
  readonly othersShare: number;
  readonly rows: readonly RowResult[];
  readonly failures: readonly string[];
}

/** The bar, and which of two words says whether a value gets as far; both empty without a bar. */
export function verdict(
  { better = 'higher' }: RowResult,
  { bar }: Goal,
  value: number,
  { met, missed }: { readonly met: string; readonly missed: string },
): [string, string] {
  if (bar === undefined) return ['', ''];
  const isMet = better === 'higher' ? value >= bar : value <= bar;
  return [`${better === 'higher' ? '≥' : '≤'} ${bar}`, isMet ? met : missed];
}

/** With blanks between thousands; a dash for what is unknown. */
export function number(value: number, digits: number): string {
  return Number.isFinite(value) ? value.toFixed(digits).replace(/\B(?<!\.\d*)(?=(\d{3})+(?!\d))/g, ' ') : '–';
}

/** How far above its bars a result is, all of them together: the mean of the logarithms, so that none outweighs the others. */
function standing({ rows }: BenchResult): number {
  const logarithms = rows.flatMap((row) => {
    const against = (value: number, { bar }: Goal): number[] => {
      if (bar === undefined || !(value > 0)) return [];
      return [row.better === 'lower' ? Math.log(bar / value) : Math.log(value / bar)];
    };
    const ratios = row.references.flatMap((reference) => against(reference.ratio.median, reference));
    return [...against(row.product.value.median, row.goal ?? {}), ...ratios];
  });
  return logarithms.reduce((sum, logarithm) => sum + logarithm, 0) / logarithms.length;
}

/** The run in the middle, by how far above their bars they are; of an even number the lower one. */
export function medianRun(results: readonly BenchResult[]): BenchResult {
  const sorted = results.toSorted((one, other) => standing(one) - standing(other));
  return sorted[(sorted.length - 1) >> 1];
}
