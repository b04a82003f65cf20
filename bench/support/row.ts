import type { Environment } from './environment.js';
import type { Sample } from './measure.js';
import { type Spread, spreadOf } from './stats.js';

/** What rows are run with. */
export interface Bench {
  readonly environment: Environment;
  /** Smaller amounts; the ratios are the same, their spread is wider. */
  readonly quick: boolean;
  /** Measurements of each side, taken in turns, after one of each that does not count. */
  readonly pairs: number;
  /** Directory for CPU profiles of the gateway. */
  readonly profile: string | undefined;
  readonly progress: (line: string) => void;
}

/** What is measured, and how. The number is the one in the table of figures; it may fill several lines of the table. */
export interface Row {
  readonly number: number;
  /** For `--only`. */
  readonly name: string;
  readonly run: (bench: Bench) => Promise<RowResult | readonly RowResult[]>;
}

/** All measurements of one side. */
export interface Side {
  readonly name: string;
  /** In the row's unit. */
  readonly value: Spread;
  /** Of each party, in µs a unit of work. */
  readonly cpu: Readonly<Record<string, Spread>>;
  /** Median of what load generators, stubs and the bench itself took, in µs a unit of work. */
  readonly harness: number;
  /** Medians, in milliseconds. */
  readonly latency: { readonly p50: number; readonly p99: number } | undefined;
}

/** How far one must get, and how far one would like to. */
export interface Goal {
  readonly bar?: number;
  readonly aim?: number;
}

/** The other side of a ratio. */
export interface Reference extends Side, Goal {
  /** Product ÷ reference, each pair by itself. */
  readonly ratio: Spread;
}

export interface RowResult {
  readonly number: number;
  readonly name: string;
  readonly figure: string;
  readonly unit: string;
  /** Which way is better; default: higher. */
  readonly better?: 'higher' | 'lower';
  readonly product: Side;
  /** For the product's own value, where it is held against no reference. */
  readonly goal?: Goal;
  readonly references: readonly Reference[];
  /** Resident bytes of the gateway's processes at the end of the row, by role. */
  readonly memory: Readonly<Record<string, number>>;
  readonly notes: readonly string[];
}

/** A reference before it has run. */
export interface ReferenceRun extends Goal {
  readonly name: string;
  readonly measure: () => Promise<Sample>;
}

/** Both sides of a row, one measurement a call. */
export interface PairedRuns {
  /** @param scale how many times the amount: more to warm up with, where the amount is small */
  readonly product: (scale: number) => Promise<Sample>;
  readonly references: readonly ReferenceRun[];
}

/** Measurements in turns, the warm-up left out. */
export interface Pairs {
  readonly product: readonly Sample[];
  readonly references: readonly (Goal & { readonly name: string; readonly samples: readonly Sample[] })[];
}

/** What is compared of a measurement. */
export type Pick = (sample: Sample) => number;

/** How many times the amount of a quick measurement V8 needs to have compiled what matters. */
const QUICK_WARM_UP = 4;

/** Amounts that the product is asked for, all turns together. */
export function turns({ quick, pairs }: { readonly quick: boolean; readonly pairs: number }): number {
  return pairs + (quick ? QUICK_WARM_UP : 1);
}

/**
 * Measures product and references in turns (A B A B …), so that what the machine does besides hits all of them alike. The
 * first turn warms up and is thrown away.
 */
export async function takePairs(
  { pairs, quick, progress }: Bench,
  { product, references }: PairedRuns,
): Promise<Pairs> {
  const ours: Sample[] = [];
  const others = references.map((): Sample[] => []);
  for (let pair = 0; pair <= pairs; pair += 1) {
    const sample = await product(pair === 0 && quick ? QUICK_WARM_UP : 1);
    progress(`${pair === 0 ? 'warm-up' : `pair ${pair}`}: ${Math.round(sample.rate)}/s`);
    if (pair > 0) ours.push(sample);
    for (const [index, { name, measure }] of references.entries()) {
      const other = await measure();
      progress(`  ${name}: ${Math.round(other.rate)}/s`);
      if (pair > 0) others[index].push(other);
    }
  }
  return {
    product: ours,
    references: references.map(({ name, bar, aim }, index) => ({ name, bar, aim, samples: others[index] })),
  };
}

const rateOf: Pick = ({ rate }) => rate;

/** What pairs show of one figure; by default of the rate. */
export function sidesOf(
  { product, references }: Pairs,
  ours: Pick = rateOf,
  theirs: Pick = ours,
): { product: Side; references: Reference[] } {
  return {
    product: sideOf('product', product, ours),
    references: references.map(({ name, bar, aim, samples }) => ({
      ...sideOf(name, samples, theirs),
      ratio: spreadOf(product.map((sample, pair) => ours(sample) / theirs(samples[pair]))),
      bar,
      aim,
    })),
  };
}

/** Measures in turns and compares the rates. */
export async function runPairs(bench: Bench, runs: PairedRuns): Promise<{ product: Side; references: Reference[] }> {
  return sidesOf(await takePairs(bench, runs));
}

/** One side of a figure. */
export function sideOf(name: string, samples: readonly Sample[], pick: Pick): Side {
  const median = (values: readonly number[]): number => spreadOf(values).median;
  const latencies = samples.flatMap(({ latency }) => (latency === undefined ? [] : [latency]));
  return {
    name,
    value: spreadOf(samples.map(pick)),
    cpu: Object.fromEntries(
      Object.keys(samples[0]?.cpu ?? {}).map((name) => [name, spreadOf(samples.map(({ cpu }) => cpu[name]))]),
    ),
    harness: median(samples.map(({ harness }) => harness)),
    latency:
      latencies.length === 0
        ? undefined
        : { p50: median(latencies.map(({ p50 }) => p50)), p99: median(latencies.map(({ p99 }) => p99)) },
  };
}
